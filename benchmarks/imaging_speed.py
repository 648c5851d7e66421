"""How fast: the fused pass beside cc3d, SimpleITK and scipy on one volume, and a whole analysis with its memory.

python benchmarks/imaging_speed.py [--size 512]
"""

from __future__ import annotations

import argparse
import resource
import threading
import time
from pathlib import Path

import numpy as np

from calcinosis.imaging.analysis import measure
from calcinosis.imaging.fused import components
from calcinosis.imaging.model import Scan, Volume
from calcinosis.imaging.simulate import Visit, simulate


def volume(size):
    """A limb of `size` slices in a field of size x size: one stretch with deposits, the others without."""
    options = {"deposits": 36, "volume_range_mm3": (5.0, 3000.0), "length_mm": 90.0}
    seed = 8  # a seed without a joint, so that the stretches join
    scan = simulate("limb", seed, **options)
    bare = simulate("limb", seed, visit=Visit(fates={t.id: ("resolved", 0.0) for t in scan.truth}), **options)
    block = scan.volume.hu
    n, ny, nx = block.shape
    out = np.full((size, size, size), -1000, np.int16)
    j, i = (size - min(ny, size)) // 2, (size - min(nx, size)) // 2
    for part, k in enumerate(range(0, size, n)):
        hu = block if part == 0 else bare.volume.hu[:: -1 if part % 2 else 1]
        m = min(n, size - k)
        out[k : k + m, j : j + ny, i : i + nx] = hu[:m, :size, :size]
    affine = np.array([[0, 0, 0.5, 0], [0, 0.5, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1]])
    return Volume(out, affine, Scan((1.0, 0.5, 0.5), 1.0, 120.0, True))


def timed(name, call, voxels, repeats=3):
    best = min(_once(call) for _ in range(repeats))
    print(f"{name:<52} {best:8.3f} s {best / voxels * 1e9:8.2f} ns/voxel")


def _once(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def resident():
    """Bytes of memory this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def watch(peak, done):
    while not done.wait(0.01):
        peak[0] = max(peak[0], resident())


def by_cc3d(hu):
    import cc3d

    labels = cc3d.connected_components(hu >= 130, connectivity=26)
    cc3d.statistics(labels)


def by_scipy(hu):
    from scipy import ndimage

    labels, n = ndimage.label(hu >= 130, np.ones((3, 3, 3)))
    ndimage.sum(hu, labels, np.arange(1, n + 1))


def by_simpleitk(hu):
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(hu)
    labels = sitk.ConnectedComponent(image >= 130, True)
    sitk.LabelIntensityStatisticsImageFilter().Execute(labels, image)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    arguments = parser.parse_args()
    scan = volume(arguments.size)
    hu = scan.hu
    measure(Volume(hu[:90, :300, :300].copy(), scan.affine, scan.scan))  # compile
    components(hu[:20].copy(), 130)
    print(f"{hu.shape}, {100 * (hu >= 130).mean():.1f} % dense")
    timed("fused threshold + components + statistics", lambda: components(hu, 130), hu.size)
    before, peak, done = resident(), [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, done))
    watcher.start()
    start = time.perf_counter()
    result = measure(scan)
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    grown = peak[0] - before
    print(
        f"{'whole analysis, ' + str(len(result.deposits)) + ' objects':<52} {seconds:8.3f} s {seconds / hu.size * 1e9:8.2f} ns/voxel"
    )
    print(
        f"peak memory beside the volume {grown / hu.nbytes:.2f} x the volume, with it {grown / hu.nbytes + 1:.2f} x"
    )
    timed("cc3d threshold + label + statistics", lambda: by_cc3d(hu), hu.size, 1)
    timed("scipy threshold + label + sum", lambda: by_scipy(hu), hu.size, 1)
    timed("SimpleITK threshold + label + statistics", lambda: by_simpleitk(hu), hu.size, 1)


if __name__ == "__main__":
    main()
