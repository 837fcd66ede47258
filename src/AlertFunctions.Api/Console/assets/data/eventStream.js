// Answers that come event by event. The browser's own EventSource can neither post nor send a key in a header.
import { createParser } from '../libraries/eventSource/parse.js';
import { ApiError } from './client.js';

/**
 * Reads an answer of server-sent events to its end.
 * @param {Response} answer The answer.
 * @param {(name: string, data: object) => void} onEvent Gets each event as it comes.
 */
export async function readEvents(answer, onEvent) {
  const parser = createParser({ onEvent: event => onEvent(event.event, JSON.parse(event.data)) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(error => {
      if (error.name === 'AbortError') throw error;
      throw new ApiError(0, 'unreachable', error.message);
    });
    if (done) return;
    parser.feed(value);
  }
}
