import { fit, LINE_HEIGHT } from "./fonts.js";

// The last words stay on one line: their spaces are non-breaking.
const NOTICE = "Stand-in for Workers AI: no\u00a0model\u00a0ran";

/** Number generator sfc32 (Chris Doty-Humphrey, PractRand), seeded with hexadecimal digits. */
function numbersFrom(hash) {
  let [a, b, c, counter] = [0, 8, 16, 24].map((at) => parseInt(hash.slice(at, at + 8), 16) | 0);
  return (low, high) => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return low + ((sum >>> 0) / 2 ** 32) * (high - low);
  };
}

/** Converts OKLCH to sRGB: unlike in HSL, all hues are equally light. Matrices: bottosson.github.io. */
function colour(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const encode = (x) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
  return `rgb(${channels.map((x) => Math.round(255 * encode(Math.min(1, Math.max(0, x)))))})`;
}

/** Draws a sky with a low sun and three rows of hills. */
function scenery(width, height, random) {
  // Dusk: the sky is blue, violet or red, and the horizon is warmer or greener. Hues whose dark
  // shades are brown are excluded.
  const hue = random(200, 330);
  const horizon = hue + (hue > 255 ? random(40, 95) : random(-60, 70));
  const side = Math.min(width, height);
  const sun = { x: random(0.55, 0.9) * width, y: random(0.2, 0.5) * height, r: random(0.1, 0.17) * side };
  const glow = (x, y, radius, fill) => `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
  const hill = (row) => {
    const level = height * (0.5 + 0.15 * row);
    const swing = Math.min(height * 0.09, width * 0.2);
    const points = Array.from({ length: 5 }, () => level + random(-swing, swing));
    const step = width / 4;
    const curves = points.slice(1).map((y, index) => {
      const middle = (index + 0.5) * step;
      return `C${middle} ${points[index]} ${middle} ${y} ${(index + 1) * step} ${y}`;
    });
    const fill = colour(0.4 - 0.075 * row, 0.085, horizon + (hue - horizon) * (0.3 + 0.35 * row));
    return `<path d="M0 ${points[0]}${curves.join("")}V${height}H0Z" fill="${fill}"/>`;
  };
  return `
<defs>
<linearGradient id="sky" x2="${random(0, 0.4)}" y2="1">
<stop stop-color="${colour(0.36, 0.1, hue)}"/><stop offset="1" stop-color="${colour(0.62, 0.12, horizon)}"/>
</linearGradient>
<radialGradient id="warm"><stop stop-color="${colour(0.85, 0.1, horizon)}" stop-opacity="0.55"/>
<stop offset="1" stop-color="${colour(0.85, 0.1, horizon)}" stop-opacity="0"/></radialGradient>
<radialGradient id="cool"><stop stop-color="${colour(0.3, 0.12, hue - 30)}" stop-opacity="0.7"/>
<stop offset="1" stop-color="${colour(0.3, 0.12, hue - 30)}" stop-opacity="0"/></radialGradient>
</defs>
<rect width="${width}" height="${height}" fill="url(#sky)"/>
${glow(random(0, 0.3) * width, random(0, 0.3) * height, side * random(0.6, 0.9), "url(#cool)")}
${glow(sun.x, sun.y, sun.r * 4, "url(#warm)")}
${glow(sun.x, sun.y, sun.r, colour(0.86, 0.09, horizon))}
${[0, 1, 2].map(hill).join("\n")}`;
}

/** Reduces text to characters that are valid in XML and stay on one line. */
function printable(text) {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cn}\s]+/gu, " ")
    .replace(/\p{Cf}/gu, "") // Includes characters that change the direction of the text.
    .replace(/(\p{M}{2})\p{M}+/gu, "$1") // Stacked accents would leave the line.
    .trim();
}

const escapeXml = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function textBlock({ size, lines }, x, top, { face, opacity }) {
  const weight = face === "bold" ? 700 : 400;
  return lines.map((line, index) => {
    const baseline = top + size * (LINE_HEIGHT * index + 0.98);
    const place = `x="${x}" y="${baseline}" font-size="${size}"`;
    const look = `font-weight="${weight}" opacity="${opacity}" stroke-width="${size * 0.12}"`;
    return `<text ${place} ${look}>${escapeXml(line)}</text>`;
  });
}

const heightOf = ({ size, lines }) => size * LINE_HEIGHT * lines.length;

// A longer prompt would be illegible in any picture, and slow to lay out.
const MAX_PROMPT = 1500;

/**
 * Draws a placeholder as SVG: scenery that depends only on `hash` (32 or more hexadecimal digits),
 * over it the prompt and, from the bottom up, a notice and `details`, which are lines of small text.
 * Sizes are in pixels.
 */
export function draw({ width, height, hash, prompt, details }) {
  const side = Math.min(width, height);
  const base = Math.sqrt(width * height);
  const margin = Math.max(4, Math.min(side * 0.07, base * 0.055));
  const inner = width - 2 * margin;
  const small = { largest: Math.max(11, base * 0.021), smallest: 9 };
  const shapes = [];
  let bottom = height;

  const noticeSizes = { largest: Math.max(13, base * 0.026), smallest: 9 };
  const notice = fit(NOTICE, "bold", { width: inner, height: height * 0.5 }, noticeSizes);
  if (notice.lines.length) {
    const padding = Math.min(margin * 0.5, notice.size * 0.8);
    const band = heightOf(notice) + 2 * padding;
    bottom -= band;
    shapes.push(
      `<rect y="${bottom}" width="${width}" height="${band}" fill="#0b0d14" fill-opacity="0.86" stroke="none"/>`,
      `<rect y="${bottom}" width="${width}" height="${Math.max(1, base * 0.003)}" fill="#ffc53d" stroke="none"/>`,
      ...textBlock(notice, margin, bottom + padding, { face: "bold", opacity: 1 }),
    );
  }

  bottom -= margin * 0.6;
  for (const [index, line] of details.entries()) {
    // The top two fifths are reserved for the prompt.
    const space = { width: inner, height: bottom - height * 0.4 };
    const block = fit(printable(line), "regular", space, small);
    bottom -= heightOf(block);
    shapes.push(...textBlock(block, margin, bottom, { face: "regular", opacity: index ? 1 : 0.85 }));
  }

  const characters = [...printable(prompt)];
  const cut = characters.length > MAX_PROMPT;
  const shown = cut ? `${characters.slice(0, MAX_PROMPT).join("")}…` : characters.join("");
  const space = { width: inner, height: bottom - margin * 1.5 };
  const titleSizes = { largest: Math.max(14, base * 0.062), smallest: Math.max(10, base * 0.02) };
  const title = fit(shown, "bold", space, titleSizes);
  shapes.push(...textBlock(title, margin, margin * 0.9, { face: "bold", opacity: 1 }));

  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
${scenery(width, height, numbersFrom(hash))}
<rect width="${width}" height="${height}" fill="#000" fill-opacity="0.18"/>
<g font-family="DejaVu Sans" fill="#fff"
  stroke="#000" stroke-opacity="0.3" stroke-linejoin="round" paint-order="stroke">
${shapes.join("\n")}
</g>
</svg>`;
}
