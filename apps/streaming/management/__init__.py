"""Commands of streaming for the operator."""
