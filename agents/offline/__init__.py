"""The offline model: rules in place of a language model, for everyday requests in English."""
