"""Values and pure rules of the travel domain; imports nothing of Azure, HTTP, models or storage."""
