"""Figures in one hand: readable at half size, told apart without colour vision, never on a display."""

from specweave.visuals.figures import PALETTE, data_uri, figure, inline_image, png, save_figure
from specweave.visuals.ticks import whole_numbers

__all__ = ["PALETTE", "data_uri", "figure", "inline_image", "png", "save_figure", "whole_numbers"]
