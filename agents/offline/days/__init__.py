"""Days and lengths of stay in everyday English: word lists, shapes of phrases, and the rules that read them."""
