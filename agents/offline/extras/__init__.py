"""The optional arguments of the tools in a message: travellers, origin, the flight back and budget."""
