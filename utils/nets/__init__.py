"""Every network of the book, and the arithmetic of its layers.

base                what the networks share: features, then a classifier
shapes              output sizes, receptive fields, parameters, MACs: `layer_table`
layers              layers that PyTorch does not have, or has otherwise
lenet               LeNet-5, and what tutorials call LeNet
alexnet             the paper's network, the program's, Caffe's, that for one GPU
reimplementations   torchvision's, d2l's, and tutorials' versions
fast                d2l's network, the same function in less time
ablation            between LeNet and a small AlexNet: seven changes
small               plain networks for activation functions and dropout
initialisation      the paper's initial weights, the program's, Xavier's, He's
quantisation        weights with few bits
live_net            the trained network that runs in chapter 11's page
laboratory          the networks that a page trains, and the files it hands them out in
keras_models        two tutorials' networks in Keras (imported only by name)
"""

from utils.nets import live_net
from utils.nets.ablation import CHANGES, AblationNet
from utils.nets.alexnet import AlexNet, ProgramAlexNet, caffe_alexnet, one_gpu_alexnet
from utils.nets.base import chain
from utils.nets.fast import CoinDropout, FastAlexNet, ImagesInside, UnshuffledConv2d
from utils.nets.initialisation import SCHEMES, initialise
from utils.nets.laboratory import NETWORKS, NORMS, laboratory_net, load_laboratory
from utils.nets.layers import CeilConv2d, ColumnResponseNorm, Constant, FastLRN, MapResponseNorm
from utils.nets.lenet import C3_SEES, LeNet, LeNet5, RadialBasis, ScaledTanh, SparseConv2d
from utils.nets.quantisation import quantise, rounded
from utils.nets.reimplementations import D2LAlexNet, OneTowerAlexNet, repaired_tutorial_alexnet
from utils.nets.shapes import (
    SLIDING, Field, Window, conv_out, layer_table, map_size, receptive_field, totals, window,
    windows,
)  # fmt: skip
from utils.nets.small import ACTIVATIONS, deep_mlp, dropout_net, four_layer_cnn
