"""Training: chapter 8's loop, and what keeps a training alive.

recipe            the settings of a run, and its history
loop              train, evaluate, predict
muon              an optimiser for the kernels of convolutions
state             a training in progress: whatever decides how it goes on
checkpoint        saves a training as it goes, and goes on with it
checkpoint_file   the state as one file, and back
identity          whether a checkpoint fits: what must be equal, what may change
interruption      Ctrl-C and SIGTERM wait for the end of a step
failures          what can go wrong in a step, in one sentence
snapshots         first-layer filters and mistakes at chosen steps
model_parallel    the paper's two halves in two processes
top_k             top-1 and top-5 errors on photographs
"""

from utils.training.checkpoint import Checkpoints
from utils.training.checkpoint_file import CheckpointError
from utils.training.interruption import Interrupted
from utils.training.loop import evaluate, learning_rate, predict, train, train_one_epoch
from utils.training.model_parallel import ModelParallelHalf, backward, count_gradients
from utils.training.muon import orthogonalised
from utils.training.recipe import History, Recipe, setting
from utils.training.snapshots import Snapshots
from utils.training.state import ImageData
from utils.training.top_k import report_top_k, top_k_errors
