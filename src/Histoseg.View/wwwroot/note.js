// A line on the stage, for a while: what the panel says, which may be shut.

const SHOWN = 8000;

export function note(text) {
  const line = document.getElementById('note');
  clearTimeout(note.timer);
  if (text)
    note.timer = setTimeout(note, SHOWN, '');
  line.textContent = text;
  line.hidden = !text;
}
