"""What is shown where there is no picture: a small grey one, as a transparent pixel would leave a hole in a page."""

from __future__ import annotations

import base64
from typing import Final

#: 128 x 128 pixels in four greys
PLACEHOLDER: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAIAAAACAAgMAAAC+UIlYAAAADFBMVEX09PTz8/PZ2dnT09MJXi5FAAABvklEQVR42u3WvUoDQRSG4XfyB2KT"
    "IqK9pRa5AXEasTDFgqZLkVK7CF5ALiGNdpZWsUhjKUyhfYoE1E5QEFRIY8SEdS3W4M5kdgbUclMtycPJ2TP5zkbUcb9yZCADGcjAL0FhdjHt"
    "ae+LPQNE1/ouipTUweuxUXrjSgd35jJ7vNKbrJjNLSkNRIEJikaTkq5eYLOqgZCJDkrSnMPTs0qC7blBjZa0+wjnRq3+5bCUB7ysu0F0u6+c"
    "IDyrV51ASFFzgjcInKAAeSfoQ/lvg5I+MIJXJ5jCaHZhBYuKIwDGyg7yvUkfgNuWLVkgTu7jPsu1vv02dy7iQ+uspsyhGE86lAsqbVBTgDG5"
    "ahqYqDhktTQwbAED2E0BUbMRp7CSAsL2MoRtKCk7GFNSvAGiZQc3iFYc65oVRE1o8ACwagVhG5bjTfEzqpzWApQuJZAYVRIMAHEYH1hgS9Ye"
    "wAGpIAwS22zFFhxp2WFJMPT9qiseEHU84NMXnA9f9B48IN/xgJQWfsCWL/4rblCwLRftgTL3QdTXv6I3B/QK4twE71KvsGaC09lS+H6MTIsG"
    "6AX6Ail2DVA3KmR/cjKQgQz8P/gCzt9q/G2gd3sAAAAASUVORK5CYII="
)
PLACEHOLDER_TYPE: Final = "image/png"
