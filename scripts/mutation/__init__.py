"""How much the tests see: small faults are put into the code, and a test must turn red."""
