#!/usr/bin/env python3
"""Spotlight resonance in NumPy, for the ratios of the benchmarks: the exact method (one arc a row and plane), and the
direct one (every angle as a rotation of the whole space). Both are timed, and counted against each other."""

import argparse
import time

import numpy as np


def exact_counts(rows, pairs, epsilon, angles, planes_at_once):
    """Counts [planes, angles] by arcs: angle and radius in the plane, then a difference array a plane."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(rows.dtype).tiny)
    columns = np.ascontiguousarray(unit.T)
    step = 2 * np.pi / angles
    counts = np.empty((len(pairs), angles), dtype=np.uint32)
    for first in range(0, len(pairs), planes_at_once):
        block = pairs[first : first + planes_at_once]
        a, b = columns[block[:, 0]], columns[block[:, 1]]
        squared = a * a + b * b
        plane, row = np.nonzero(squared >= epsilon * epsilon)
        a, b = a[plane, row].astype(np.float64), b[plane, row].astype(np.float64)
        radius = np.hypot(a, b)
        middle = np.arctan2(b, a)
        half = np.arccos(np.minimum(epsilon / radius, 1))
        low = np.ceil((middle - half) / step - 1e-9).astype(np.int64)
        lit = np.floor((middle + half) / step + 1e-9).astype(np.int64) - low + 1
        keep = lit > 0
        plane, low, lit = plane[keep], low[keep] % angles, lit[keep]
        end = low + lit
        width = 2 * angles + 1  # room for arcs that pass the last angle
        size = len(block) * width
        change = np.bincount(plane * width + low, minlength=size) - np.bincount(plane * width + end, minlength=size)
        total = np.cumsum(change.reshape(len(block), width), axis=1)
        counts[first : first + len(block)] = total[:, :angles] + total[:, angles : 2 * angles]
    return counts


def direct_counts(rows, pairs, epsilon, angles):
    """Counts [planes, angles] by rotations: the generator of the plane is a skew matrix, its exponential turns the
    first vector to every angle of the grid, and every row is multiplied with every turned vector. O(N A n^2) a
    plane (srm.md 4.1)."""
    width = rows.shape[1]
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(rows.dtype).tiny)
    theta = 2 * np.pi * np.arange(angles) / angles
    counts = np.empty((len(pairs), angles), dtype=np.uint32)
    for p, (i, j) in enumerate(pairs):
        generator = np.zeros((width, width))
        generator[j, i], generator[i, j] = 1, -1
        values, vectors = np.linalg.eig(generator)
        values = 1j * values.imag / np.abs(values.imag).max()
        turns = np.exp(np.outer(theta, values))
        rotations = np.einsum("ij,aj,jk->aik", vectors, turns, np.linalg.inv(vectors)).real
        start = np.zeros(width)
        start[i] = 1
        cosines = np.einsum("bi,j,aij->ba", unit, start, rotations)
        counts[p] = (cosines >= epsilon).sum(axis=0)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=["exact", "direct", "both"])
    parser.add_argument("-N", "--rows", type=int, default=1000)
    parser.add_argument("-n", "--width", type=int, default=16)
    parser.add_argument("--epsilon", type=float, help="default: automatic, as the program's")
    parser.add_argument("--angles", type=int, default=360)
    parser.add_argument("--planes", type=int, help="the first so many; default: all")
    parser.add_argument("--block", type=int, default=64, help="planes at once of the exact method")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", help="write the rows to this .npy, for the program to count the same")
    options = parser.parse_args()
    width = options.width
    if options.epsilon is None:
        automatic = np.sqrt(1 - 0.01 ** (2 / (width - 2))) if width > 2 else 0.9
        options.epsilon = min(max(automatic, 0.05), 0.9)
    rows = np.random.default_rng(options.seed).standard_normal((options.rows, width)).astype(np.float32)
    if options.save:
        np.save(options.save, rows)
    pairs = np.stack(np.triu_indices(width, 1), axis=1)[: options.planes]
    print(f"{options.rows} rows of {width}, {len(pairs)} planes, epsilon {options.epsilon:.4f}, {options.angles} angles")
    counts = {}
    for method in ["exact", "direct"] if options.method == "both" else [options.method]:
        begun = time.perf_counter()
        if method == "exact":
            counts[method] = exact_counts(rows, pairs, options.epsilon, options.angles, options.block)
        else:
            counts[method] = direct_counts(rows, pairs, options.epsilon, options.angles)
        seconds = time.perf_counter() - begun
        rate = options.rows * len(pairs) / seconds
        print(f"{method:6}  {seconds:9.3f} s  {rate:.3g} (row, plane) tests a second")
    if len(counts) == 2:
        apart = np.count_nonzero(counts["exact"] != counts["direct"])
        print(f"{apart} of {counts['exact'].size} counts differ between the methods")


if __name__ == "__main__":
    main()
