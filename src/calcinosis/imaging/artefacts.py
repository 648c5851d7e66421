"""What a scanner adds to a phantom: noise, motion, beam hardening and the streaks of metal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
WATER_PER_MM = 0.02  # linear attenuation of water at about 70 keV


def add_noise(hu: Image, sd: float, correlation_px: float, rng: np.random.Generator) -> None:
    """Add in-plane correlated noise of standard deviation `sd` to every slice, in place."""
    from scipy.ndimage import gaussian_filter

    if sd <= 0:
        return
    sigma = correlation_px / 2.3548
    for k in range(hu.shape[0]):
        noise = gaussian_filter(rng.standard_normal(hu.shape[1:]).astype(np.float32), sigma)
        hu[k] += noise * (sd / max(float(noise.std()), 1e-6))


def move(hu: Image, shift_px: float, rng: np.random.Generator) -> None:
    """Mix a displaced ghost into a third of the slices, in place."""
    from scipy.ndimage import shift

    n = hu.shape[0]
    start = int(rng.integers(0, max(1, n - n // 3)))
    angle = rng.uniform(0, 2 * np.pi)
    vector = (shift_px * np.sin(angle), shift_px * np.cos(angle))
    for k in range(start, start + n // 3):
        hu[k] = 0.65 * hu[k] + 0.35 * shift(hu[k], vector, order=1, mode="nearest")


def harden(hu: Image, strength: float, metal: bool) -> None:
    """Beam hardening (a ray through more dense matter reads too low) and metal streaks, in place.

    The error is made in the projections, p - a p_dense^2, and its filtered back projection added to
    the slice, so streaks run where rays cross two dense objects.
    """
    if strength > 0:
        for k in range(hu.shape[0]):
            hu[k] += _error(hu[k], 200.0, 0.02 * strength)
    if metal:
        for k in np.flatnonzero(hu.max(axis=(1, 2)) > 3500).tolist():
            hu[k] += _error(hu[k], 3000.0, 0.06)


def _error(image: Image, above: float, amount: float) -> Image:
    from calcinosis.imaging.rendering import back_project, radon

    dense = np.where(image > above, image, 0.0) / 1000.0 * WATER_PER_MM
    if not dense.any():
        return np.zeros_like(image)
    side = int(np.ceil(np.hypot(*image.shape)))
    square = np.zeros((side, side))
    y, x = (side - image.shape[0]) // 2, (side - image.shape[1]) // 2
    square[y : y + image.shape[0], x : x + image.shape[1]] = dense
    angles = np.linspace(0, np.pi, 240, endpoint=False)
    sinogram = radon(square, angles)
    ramp = np.abs(np.fft.fftfreq(2 * side)) * 2
    window = np.cos(np.pi * np.fft.fftfreq(2 * side)) ** 2
    spectrum = np.fft.fft(-amount * sinogram**2, n=2 * side, axis=1) * (ramp * window * 0.5)
    filtered = np.real(np.fft.ifft(spectrum, axis=1))[:, :side]
    error = back_project(np.ascontiguousarray(filtered), angles)
    return np.asarray(
        error[y : y + image.shape[0], x : x + image.shape[1]] / WATER_PER_MM * 1000.0, dtype=np.float32
    )
