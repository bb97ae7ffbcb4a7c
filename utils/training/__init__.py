"""Training: chapter 8's loop, and what keeps a training alive.

recipe           the settings of a run, and its history
loop             train, evaluate, predict
state            a training in progress: whatever decides how it goes on
checkpoint       saves it, and goes on with it
snapshots        first-layer filters and mistakes at chosen steps
model_parallel   the paper's two halves in two processes
top_k            top-1 and top-5 errors on photographs
"""

from utils.training.checkpoint import CheckpointError, Checkpoints, Interrupted
from utils.training.loop import evaluate, learning_rate, predict, train
from utils.training.model_parallel import Column, backward, count_gradients
from utils.training.recipe import History, Images, Recipe, setting
from utils.training.snapshots import Film
from utils.training.top_k import errors, report
