"""Clients of a card file, drawn with a seed, and written as one."""

import csv
from pathlib import Path

import numpy as np


def draw(clients: int, seed: int) -> dict[str, np.ndarray]:
    """A card file: each client has an inclination to pay, which shows in its payments, its status and its outcome."""
    drawn = np.random.default_rng(seed)
    careful = drawn.beta(2, 1.2, clients)
    limit = drawn.integers(1, 30, clients) * 10_000
    bill = np.zeros((7, clients), dtype=np.int64)
    paid = np.zeros((7, clients), dtype=np.int64)
    bill[0] = limit * drawn.uniform(0.02, 0.9, clients)
    for month in range(1, 7):
        share = np.where(drawn.random(clients) < careful, drawn.choice([0.05, 0.2, 1.0], clients), 0.0)
        paid[month] = bill[month - 1] * share
        bill[month] = bill[month - 1] - paid[month] + limit * drawn.uniform(0.0, 0.05, clients)
    columns = {"ID": np.arange(1, clients + 1), "LIMIT_BAL": limit}
    for k in range(1, 7):
        columns[f"BILL_AMT{k}"], columns[f"PAY_AMT{k}"] = bill[7 - k], paid[7 - k]
    for k in (0, 2, 3, 4, 5, 6):
        columns[f"PAY_{k}"] = np.where(drawn.random(clients) < careful, 0, 2)
    columns["DEFAULT"] = (drawn.random(clients) > careful).astype(np.int64)
    for name, most in (("SEX", 2), ("EDUCATION", 4), ("MARRIAGE", 3), ("AGE", 60)):
        columns[name] = drawn.integers(1, most + 1, clients)
    return columns


def written(columns: dict[str, np.ndarray], place: Path) -> Path:
    """Write the columns as a CSV file."""
    with place.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(columns)
        lines.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return place
