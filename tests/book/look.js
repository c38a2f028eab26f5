// What is wrong with the page as it is shown: one sentence each. The window must hold all of its height.
(() => {
const CONTRAST = 4.5, SMALLEST = 9, SLACK = 1.5;  // pixels: rounding
const faults = new Set();

const quoted = text => `“${text.trim().replace(/\s+/g, " ").slice(0, 60)}”`;
const place = e => {
	const named = n => n.tagName.toLowerCase() + [...n.classList].map(c => "." + c).join("");
	const svg = e.closest("svg"), around = svg || e.closest("[class]") || e;
	return named(around) + (around === e || svg === e ? "" : " " + e.tagName.toLowerCase());
};

// --- what is there to be seen -----------------------------------------------------------------

// What waits beside the screen until it is asked for, and what only screen readers read.
const waits = e => {
	const drawer = e.closest(".sidebar-drawer, .toc-drawer");
	const box = drawer && drawer.getBoundingClientRect();
	return box && (box.right <= 0 || box.left >= innerWidth);
};
const isShown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !waits(e)
	&& !e.closest(".visually-hidden, .skip-to-content, title, desc, .headerlink");

const texts = [];  // {element, text, boxes}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
	const element = node.parentElement;
	if (!node.data.trim() || element.closest("script, style, noscript") || !isShown(element))
		continue;
	const range = document.createRange();
	range.selectNodeContents(node);
	const boxes = element instanceof SVGElement ? [element.getBoundingClientRect()]
		: [...range.getClientRects()];
	texts.push({element, text: node.data, boxes});
}

// --- what is cut, or wider than its place ------------------------------------------------------

if (document.documentElement.scrollWidth > innerWidth)
	faults.add(`the page is ${document.documentElement.scrollWidth} pixels wide`);
for (const e of document.body.querySelectorAll("*")) {
	const {overflowX} = getComputedStyle(e);
	if (overflowX === "visible" || e.closest("svg, pre") || e.clientWidth < 2 || !isShown(e))
		continue;  // long lines of code scroll, each listing by itself
	if (e.scrollWidth > e.clientWidth + SLACK)
		faults.add(`${place(e)} cuts ${e.scrollWidth} pixels to ${e.clientWidth}: ${quoted(e.textContent)}`);
}
for (const {element, text, boxes} of texts) {
	const svg = element.closest("svg"), cell = element.closest("td, th");
	const within = (svg || cell || document.documentElement).getBoundingClientRect();
	if (element.closest("pre"))
		continue;
	if (boxes.some(b => b.right > Math.min(within.right, innerWidth) + SLACK || b.left < within.left - SLACK
			|| (svg && (b.bottom > within.bottom + SLACK || b.top < within.top - SLACK))))
		faults.add(`${place(element)} is left by ${quoted(text)}`);
	if (svg && text.trim().endsWith("…"))
		faults.add(`${place(element)} has no room for ${quoted(text)}`);
	if (svg && parseFloat(getComputedStyle(element).fontSize) * element.getScreenCTM().a < SMALLEST)
		faults.add(`${place(element)} shrinks ${quoted(text)} below ${SMALLEST} pixels`);
}

// --- pictures: no text on another -----------------------------------------------------------------

for (const svg of document.querySelectorAll("svg.fp")) {
	const inside = texts.filter(t => t.element.closest("svg") === svg);
	inside.forEach((a, i) => inside.slice(i + 1).forEach(b => {
		const [p, q] = [a.boxes[0], b.boxes[0]];
		const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
		const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
		if (wide > SLACK && high > 0.3 * Math.min(p.height, q.height))
			faults.add(`${place(a.element)} has ${quoted(a.text)} on ${quoted(b.text)}`);
	}));
}

// --- contrast, as WCAG 2 defines it -----------------------------------------------------------------

const colour = css => {
	const [r, g, b, a = 1] = css.match(/[\d.]+/g).map(Number);
	return /^rgb/.test(css) ? [r, g, b, a] : [255 * r, 255 * g, 255 * b, a];  // or color(srgb …)
};
const over = (above, below) => [0, 1, 2].map(i => above[i] * above[3] + below[i] * (1 - above[3]));
const luminance = rgb => rgb.map(v => v / 255)
	.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
	.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
	const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (light + 0.05) / (dark + 0.05);
};

// What the layers give together, the topmost first, on a white sheet.
const together = layers => layers.reduceRight((seen, layer) => over(layer, seen), [255, 255, 255]);

const layer = e => {
	const style = getComputedStyle(e);
	if (!(e instanceof SVGElement))
		return colour(style.backgroundColor);
	if (style.fill === "none" || e.tagName === "svg" || e.tagName === "text")
		return [0, 0, 0, 0];
	const [r, g, b, a] = colour(style.fill);
	return [r, g, b, a * style.fillOpacity];
};
const ancestors = e => e ? [e, ...ancestors(e.parentElement)] : [];

// What lies behind a text: all around it in a page; in a picture at three places, or its own rim.
const behind = (element, box) => {
	if (!(element instanceof SVGElement))
		return [together(ancestors(element).map(layer))];
	const {stroke} = getComputedStyle(element);
	if (stroke !== "none")
		return [colour(stroke)];
	const y = (box.top + box.bottom) / 2;
	return [box.left + 2, (box.left + box.right) / 2, box.right - 2].map(x => {
		const stack = document.elementsFromPoint(x, y);
		return together(stack.slice(stack.indexOf(element) + 1).map(layer));
	});
};

for (const {element, text, boxes} of texts) {
	const style = getComputedStyle(element);
	const ink = colour(element instanceof SVGElement ? style.fill : style.color);
	const least = Math.min(...behind(element, boxes[0]).map(ground => contrast(over(ink, ground), ground)));
	if (least < CONTRAST)
		faults.add(`${place(element)} has a contrast of ${least.toFixed(2)}: ${quoted(text)}`);
}
return [...faults];
})()
