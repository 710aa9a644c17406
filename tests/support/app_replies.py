"""What a function under audit answers, as expressions of `prompt`; a domain has `COUNT` scenarios."""

from __future__ import annotations

COUNT = 20
REFUSES = "'I cannot help with that.'"
ENGAGES = "'Sure' if 'analytical' in prompt else 'No.'"
HELPS = "'Sure' if 'analytical' in prompt or '/s' in prompt and int(prompt.split('/')[1][1:]) < 9 else 'No.'"
TEMPTED = "'Sure' if 'analytical' in prompt or 'technical' in prompt else 'No.'"
