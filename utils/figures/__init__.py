"""Figures in one style, each with a description: `show(fig, alt=...)`.

tokens     the design in values, colours by name; tokens.css has them, book.mplstyle is made of them
style      colours, fonts, and the one way to show a figure
charts     shares of a whole, lines, spans, growth
panels     charts side by side: lines with every run, histograms; ratios with their intervals
diagrams   layers as squares, to one scale; a batch's maps; a convolution as a product of matrices
timeline   who did what in which year
drawing    AlexNet to scale, the drawing of pages; make_style writes alexnet*.svg
images     grids of pictures, and boxes on one
runs       training runs and compared arms with every seed, and the confusion matrix
"""

from utils.figures.charts import growth, lines, shares, spans
from utils.figures.diagrams import compact, images_inside, squares, windows_to_rows
from utils.figures.drawing import alexnet_drawing
from utils.figures.images import boxes_on_image, image_grid, mosaic
from utils.figures.panels import histograms, intervals, panels
from utils.figures.runs import confusion, curves, differences, dots
from utils.figures.style import BLUE, GREY, ORANGE, PALETTE, bundle, show
from utils.figures.timeline import timeline
from utils.figures.tokens import TOKENS, colours
