"""The places that exist: a data file of ours and the look-up in it.

`names` makes the key of a name, `table` reads the data file, and `lookup` says which place a traveller's words mean.
Nothing is read before the first look-up. The file is made by `python -m scripts.build_places`; NOTICE.txt beside it
names where its facts come from.
"""
