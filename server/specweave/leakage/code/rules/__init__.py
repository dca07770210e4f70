"""The rules over code; each lives in a file of its own and knows no other."""
