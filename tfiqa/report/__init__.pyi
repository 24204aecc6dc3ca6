from .folder import FolderReport as FolderReport
from .page import write_page as write_page
from .probe import ProbeRequest as ProbeRequest
from .probe import ProbeResult as ProbeResult
from .probe import probe_encoder as probe_encoder
