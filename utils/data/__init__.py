"""Images: where they come from, and how they reach the device in batches.

labelled              images with labels: split, and given out in batches
fashion_mnist         Fashion-MNIST as tensors
download              its four files: found, fetched, checked
photographs           eight colour photographs that need no network
imagefolder           ImageNet, or any tree of photographs like it
augmentation          random crops, reflections and colour noise, in batches
out_of_distribution   images that are no clothes
ilsvrc                results, data and dates of the ImageNet challenge
"""

from utils.data import ilsvrc, out_of_distribution
from utils.data.augmentation import RandomViews, colour_axes, crop_and_flip
from utils.data.download import DataError
from utils.data.fashion_mnist import Dataset, fashion_mnist
from utils.data.imagefolder import (
    PhotographFolder, photograph_folders, side_for, torchvision_pixels, validation,
)  # fmt: skip
from utils.data.labelled import MEAN, STD, Labelled
from utils.data.photographs import PHOTOGRAPHS, photograph
