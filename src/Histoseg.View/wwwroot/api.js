// What the page asks its server for.

/** The address of something of a slide; with its version, so that it may be kept. */
export const addressOf = (slide, what) => `api/slides/${slide.id}/${what}?v=${slide.version}`;

/** JSON from the server; an error has the server's own words. */
export async function getJson(address, signal) {
  const answer = await fetch(address, { signal });
  return read(answer, () => answer.json());
}

/** Bytes from the server; null where there are none. */
export async function getBytes(address, signal) {
  const answer = await fetch(address, { signal });
  return answer.status === 404 ? null : read(answer, async () => new Uint8Array(await answer.arrayBuffer()));
}

async function read(answer, content) {
  if (answer.ok)
    return content();
  const text = await answer.text();
  let message = text;
  try { message = JSON.parse(text).error ?? text; } catch { /* plain text */ }
  throw new Error(message.trim() || `the server answered ${answer.status}`);
}
