"""What clients are shown of a trip beside its bare rows."""
