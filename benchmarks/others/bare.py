"""The least that can be done with the client: a coroutine a prompt, and a semaphore.

python bare.py BASE_URL CALLS.json IN_FLIGHT
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import openai


async def main(base_url: str, calls: list[dict[str, Any]], in_flight: int) -> None:
    """Ask every prompt and have every reply judged."""
    client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    semaphore = asyncio.Semaphore(in_flight)

    async def ask(model: str, messages: list[Any]) -> None:
        async with semaphore:
            await client.chat.completions.create(model=model, messages=messages, max_tokens=2048)

    async def both(call: dict[str, Any]) -> None:
        await ask("fake", call["target"])
        await ask("judge", call["judge"])

    await asyncio.gather(*(both(call) for call in calls))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3])))
