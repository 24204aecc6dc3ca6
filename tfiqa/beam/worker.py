"""The process of one worker of the local runner, without Beam's messages.

`data.beam_options` starts it as `python -m tfiqa.beam.worker`.
"""

import logging
import sys

if __name__ == "__main__":
    # Before the import, which warns. Errors reach the runner, which raises them.
    logging.disable(logging.ERROR)

    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)
