"""Measuring the pathway against published cases."""
