import boldFile from "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf";
import regularFile from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf";

/** The font files, for the renderer. */
export const FONT_FILES = [new Uint8Array(regularFile), new Uint8Array(boldFile)];

/**
 * Reads the character widths from a TrueType file: its full-Unicode character map (cmap subtable
 * format 12) and its advance widths (hmtx). Source: the OpenType specification on
 * learn.microsoft.com. Returns a function from code point to width in em, or undefined if the font
 * lacks the character.
 */
function readWidths(file) {
  const view = new DataView(file);
  const table = (tag) => {
    for (let at = 12; ; at += 16) {
      if (view.getUint32(at) === tag) return view.getUint32(at + 8);
    }
  };
  const [cmap, head, hhea, hmtx] = [0x636d6170, 0x68656164, 0x68686561, 0x686d7478].map(table);
  const unitsPerEm = view.getUint16(head + 18);
  const lastAdvance = view.getUint16(hhea + 34) - 1;

  const widths = new Map();
  let record = cmap + 4;
  while (view.getUint16(cmap + view.getUint32(record + 4)) !== 12) record += 8;
  const groups = cmap + view.getUint32(record + 4) + 16;
  for (let group = 0; group < view.getUint32(groups - 4); group++) {
    const [first, last, glyph] = [0, 4, 8].map((field) => view.getUint32(groups + group * 12 + field));
    for (let code = first; code <= last; code++) {
      const advance = Math.min(glyph + code - first, lastAdvance);
      widths.set(code, view.getUint16(hmtx + advance * 4) / unitsPerEm);
    }
  }
  return (code) => widths.get(code);
}

const FACES = { regular: readWidths(regularFile), bold: readWidths(boldFile) };

/** Returns the width in em of a line of text in DejaVu Sans, without kerning. */
export function measure(text, face) {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    // The renderer falls back to the other face, and then to a box of this width.
    width += FACES[face](code) ?? FACES.regular(code) ?? FACES.bold(code) ?? 0.6;
  }
  return width;
}

/** Breaks text into lines of at most `limit` em: after spaces, slashes and hyphens, else anywhere. */
function wrap(text, face, limit) {
  const lines = [];
  let line = "";
  let width = 0;
  const place = (piece, visible = piece) => {
    if (line && width + measure(visible, face) > limit) {
      lines.push(line.trimEnd());
      [line, width] = ["", 0];
    }
    line += piece;
    width += measure(piece, face);
  };
  for (const word of words(text)) {
    const visible = word.trimEnd();
    if (measure(visible, face) <= limit) place(word, visible);
    else [...word].forEach((character) => place(character));
  }
  return line.trim() ? [...lines, line.trimEnd()] : lines;
}

const words = (text) => text.match(/[^ /-]*[ /-]+|[^ /-]+/g) ?? [];

function shorten(line, face, width) {
  const characters = [...line];
  while (characters.length && measure(`${characters.join("").trimEnd()}…`, face) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** Height of a line, as a multiple of the font size. */
export const LINE_HEIGHT = 1.28;

/**
 * Fits text into a box of `width` x `height` pixels with the largest possible font size between two
 * limits. Text that does not fit at the smaller one ends in an ellipsis. Returns the font size in
 * pixels and the lines, which are empty if the box is too small.
 */
export function fit(text, face, { width, height }, { largest, smallest }) {
  // With kerning and shaping, a line is slightly wider or narrower than the sum of its characters.
  const usable = width * 0.98;
  const longestWord = Math.max(0, ...words(text).map((word) => measure(word.trimEnd(), face)));
  const mustBreakWords = longestWord * smallest > usable;
  for (let size = largest; ; size = Math.max(smallest, size * 0.94)) {
    const isSmallest = size <= smallest;
    const em = usable / size;
    const room = Math.floor(height / (size * LINE_HEIGHT));
    const fits = mustBreakWords || longestWord <= em;
    if (!fits && !isSmallest) continue;
    const lines = em < 1 ? [] : wrap(text, face, em);
    if (lines.length <= room) return { size, lines };
    if (!isSmallest) continue;
    const kept = lines.slice(0, Math.max(0, room));
    if (kept.length) kept.push(shorten(`${kept.pop()} ${lines[room]}`, face, em));
    return { size, lines: kept };
  }
}
