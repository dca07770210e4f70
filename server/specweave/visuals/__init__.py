"""Figures in one hand: readable at half size, told apart without colour vision, never on a display."""

from specweave.visuals.figures import PALETTE, figure, inline_image, png, save_figure

__all__ = ["PALETTE", "figure", "inline_image", "png", "save_figure"]
