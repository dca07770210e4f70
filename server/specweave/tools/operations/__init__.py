"""What the tools do: one module a subject; every function takes a call and gives an answer."""
