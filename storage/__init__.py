"""The toolbox below stores and suppliers: SQLite files and Azure tables, without any table or rule of the app."""
