import json
from pathlib import Path

ledger = Path(".specweave/increments/0001-churn/data/looks.jsonl")
looks = [json.loads(line) for line in ledger.read_text().splitlines()]
for look in looks:
    print(look["n"], look["time"], look["experiment"], look["purpose"])
print(len(looks), "looks at the sealed test set")
