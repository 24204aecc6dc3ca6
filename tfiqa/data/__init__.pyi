from .catalog import names as names
from .check import check_source as check_source
from .prepared import is_prepared as is_prepared
from .prepared import prepare_dataset as prepare_dataset
