"""The toolbox below stores and suppliers: files of SQLite and tables of Azure, without tables or rules of anybody."""
