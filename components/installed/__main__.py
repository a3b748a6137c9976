"""The components of the environment that this lies in, for programs in other languages."""

import os
import sys
from pathlib import Path

from weighbridge.components.provider import serve

serve(Path.cwd(), os.environ, sys.argv[1:])
