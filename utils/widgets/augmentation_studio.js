// A photograph is cropped, mirrored and relit, as in training and as at test time.
import { assign, box, bytes, captioned, clamp, columns, dot, fill, menu, mount, number, outline, picture, pixels, slider, stroke, text, write } from "./kit.js";

const TEXT = {
  title: "Augmentation studio",
  hint: "Try: α₁ = 0.10 in each of the three units. Which of them leaves a picture, and which changes nothing that you can see? Then the ten crops.",
  top: "down (px)", left: "across (px)", mirrored: "mirror",
  mirrors: [[0, "as it is"], [1, "mirrored"]],
  alphas: ["α₁", "α₂", "α₃"],
  unit: "α times",
  units: [["root", "√λ (0 to 255 or 0 to 1)"], ["levels", "λ of pixels 0 to 255"], ["unit", "λ of pixels 0 to 1"]],
  view: "show",
  views: [["one", "one crop (training)"], ["ten", "ten crops (test)"]],
  turn: "turn cloud",
  degrees: (turn) => `${10 * turn}°`,
  photo: (one, top, left) => one ? `The photograph with a window of 224 px that begins ${top} px down and ${left} px across.`
    : "The photograph with five windows of 224 px: the corners and the centre.",
  photoCaption: (one) => one ? "256×256 px. Drag the window, or use the sliders."
    : "256×256 px. Drag, move down or across, or mirror: that is one crop again.",
  crop: (one) => one ? "The crop, as the network would see it." : "Ten crops: five of the photograph, five of its mirror image.",
  cropCaption: (one) => one ? "The crop of 224×224 px, cut off at 0 and 255." : "The ten crops in torchvision’s order; the second row is of the mirrored photograph.",
  cloud: (words) => `Colours of six photographs as points, with the three axes of the noise. ${words}`,
  cloudCaption: "The pixels of six photographs: red to the right, green to the back, blue up. Lines: two √λ to each side, along axes 1, 2, 3; the third is short. Ring: where the mean colour moves.",
  place: (index, all) => `Crop ${index} of ${all} (33·33·2).`,
  shift: (red, green, blue) => `Added to every pixel: red ${red}, green ${green}, blue ${blue} levels of 255.`,
  lost: (share) => `${share} % of the crop’s values fall below 0 or above 255.`,
  ten: "Averaged: the softmax outputs of ten crops.",
};

const SIDE = 256, CROP = 224, FREE = SIDE - CROP, HALF = SIDE / 2, DEPTH = 200;
const CORNERS = [[0, 0], [0, FREE], [FREE, 0], [FREE, FREE], [FREE / 2, FREE / 2]];  // top, left
const ALPHAS = ["a1", "a2", "a3"], RGB = [0, 1, 2];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const photo = bytes(model, "photograph"), cloud = bytes(model, "cloud");
  const values = get("values"), vectors = get("vectors"), middle = get("middle");
  let now = {};
  const compute = () => {
    const lengths = { root: (v) => 255 * Math.sqrt(v), levels: (v) => 255 ** 2 * v, unit: (v) => 255 * v };
    const steps = ALPHAS.map((name, k) => (get(name) / 100) * lengths[get("unit")](values[k]));
    const shift = RGB.map((c) => steps.reduce((sum, step, k) => sum + vectors[3 * c + k] * step, 0));
    const one = get("view") === "one";
    const lit = pixels(HALF, HALF, (i) => RGB.map((c) => clamp(photo[3 * i + c] + shift[c], 0, 255)));
    let lost = 0;
    const [top, left] = [get("top") / 2, get("left") / 2].map(Math.floor);
    for (let y = 0; y < CROP / 2; y++) for (let x = 0; x < CROP / 2; x++) for (const c of RGB) {
      const value = photo[3 * ((top + y) * HALF + left + x) + c] + shift[c];
      lost += value < 0 || value > 255;
    }
    const index = (get("mirrored") * (FREE + 1) + get("top")) * (FREE + 1) + get("left") + 1;
    const signed = shift.map((value) => (value > 0 ? "+" : "") + number(value, 1));
    const words = [one ? TEXT.place(index, 2 * (FREE + 1) ** 2) : TEXT.ten, TEXT.shift(...signed),
      TEXT.lost(Math.round((100 * lost) / (3 * (CROP / 2) ** 2)))].join(" ");
    now = { shift, one, lit, words };
  };
  const plain = pixels(HALF, HALF, (i) => photo.subarray(3 * i, 3 * i + 3));
  const photograph = picture(SIDE, SIDE, {
    label: () => TEXT.photo(now.one, get("top"), get("left")),
    point(x, y) {
      const [top, left] = [y, x].map((value) => clamp(Math.round(value - CROP / 2), 0, FREE));
      assign(model, { top, left, view: "one" });
    },
    draw(context, colour) {
      context.drawImage(plain, 0, 0, SIDE, SIDE);
      const windows = now.one ? [[get("top"), get("left")]] : CORNERS;
      for (const [top, left] of windows) outline(context, colour.mark, left + 2, top + 2, CROP - 4, CROP - 4);
    },
  });
  const part = (context, top, left, x, y, side, mirrored) => {
    context.save();
    context.translate(x + (mirrored ? side : 0), y);
    context.scale(mirrored ? -1 : 1, 1);
    context.drawImage(now.lit, left / 2, top / 2, CROP / 2, CROP / 2, 0, 0, side, side);
    context.restore();
  };
  const result = picture(SIDE, SIDE, {
    label: () => TEXT.crop(now.one),
    draw(context, colour) {
      if (now.one) return part(context, get("top"), get("left"), 16, 16, CROP, get("mirrored"));
      for (let i = 0; i < 10; i++) {
        const mirrored = i > 4, [top, left] = CORNERS[i % 5];
        const x = 1 + 51 * (i % 5), y = mirrored ? 148 : 48;
        part(context, top, mirrored ? FREE - left : left, x, y, 50, mirrored);
        write(context, i + 1, x + 25, y + 62.5, colour.ink, { size: 12 });
      }
    },
  });

  const room = picture(SIDE, DEPTH, {
    label: () => TEXT.cloud(now.words),
    draw(context, colour) {
      const angle = (get("turn") * Math.PI) / 18, pitch = 0.35;
      const place = (rgb) => {
        const [r, g, b] = rgb.map((value) => value - 128);
        const across = Math.cos(angle) * r - Math.sin(angle) * g, back = Math.sin(angle) * r + Math.cos(angle) * g;
        return [SIDE / 2 + 0.55 * across, DEPTH / 2 - 0.55 * (Math.cos(pitch) * b + Math.sin(pitch) * back)];
      };
      for (const a of [0, 255]) for (const b of [0, 255]) {
        const edges = [[[0, a, b], [255, a, b]], [[a, 0, b], [a, 255, b]], [[a, b, 0], [a, b, 255]]];
        for (const ends of edges) stroke(context, ends.map(place), colour.line, 0.5);
      }
      for (let i = 0; i < cloud.length; i += 3) {
        const rgb = [...cloud.subarray(i, i + 3)], [x, y] = place(rgb);
        fill(context, [x - 0.9, y - 0.9, 1.8, 1.8], `rgb(${rgb.join(",")})`);
      }
      [colour.first, colour.mark, colour.ink].forEach((ink, k) => {
        const along = (far) => place(middle.map((m, c) => m + far * 255 * Math.sqrt(values[k]) * vectors[3 * c + k]));
        const [x, y] = along(2);
        stroke(context, [along(-2), [x, y]], colour.paper, 4);
        stroke(context, [along(-2), [x, y]], ink);
        write(context, k + 1, x + 3, y + (k - 1) * 7 - 4, ink, { align: "left", size: 12, bold: true });
      });
      dot(context, ...place(middle.map((m, c) => m + now.shift[c])), 5, "transparent", colour.ink);
    },
  });
  const hundredths = (value) => number(value / 100, 2);
  const place = [
    slider(model, "top", TEXT.top, () => [0, FREE]),
    slider(model, "left", TEXT.left, () => [0, FREE]),
    menu(model, "mirrored", TEXT.mirrored, TEXT.mirrors),
  ];
  // The ten crops have fixed places: whoever chooses one wants a single crop, as with the pointer.
  for (const { node } of place) node.addEventListener("input", () => assign(model, { view: "one" }));
  const below = (picture, words) => {
    const part = captioned(picture, words);
    part.node.lastChild.style.minHeight = "2.8em";
    return part;
  };
  return mount({ model, el }, {
    ...TEXT, say: () => now.words, traits: ["top", "left", "mirrored", "view", ...ALPHAS, "unit", "turn"], compute,
    rows: [
      columns(below(photograph, () => TEXT.photoCaption(now.one)), below(result, () => TEXT.cropCaption(now.one))),
      text(() => now.words),
      columns(
        box({}, ...place,
          menu(model, "view", TEXT.view, TEXT.views),
          ...ALPHAS.map((name, k) => slider(model, name, TEXT.alphas[k], () => [-30, 30], hundredths)),
          menu(model, "unit", TEXT.unit, TEXT.units),
          slider(model, "turn", TEXT.turn, () => [0, 35], TEXT.degrees)),
        captioned(room, TEXT.cloudCaption)),
    ],
  });
}

export default { render };
