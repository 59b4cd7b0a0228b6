/**
 * Runs in the page (test/browser/illegible.ts): finds text that overlaps other text, and text that is cut off without
 * any sign of it. Its value is a list of lines, one per finding.
 */

/** Pixels: glyphs may touch, and layout rounds. */
const SLACK = 2
/** Share of a line's height, above and below, that has no ink. */
const LEADING = 0.2

illegible('body')

function illegible(within) {
  const place = document.querySelector(within)
  const lines = linesOfText(place)
  return [...cutOff(lines), ...overlaps(lines), ...tightFields(place)]
}

/** Each line of each text as it is drawn: `box` is all of it, `seen` the part that its surroundings don't hide. */
function linesOfText(place) {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  const lines = []
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.data.trim() === '' || !isDrawn(element)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const text = node.data.trim().slice(0, 60)
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const leading = (bottom - top) * LEADING
      const box = { left, right, top: top + leading, bottom: bottom - leading }
      if (box.right - box.left > 0) lines.push({ node, element, text, box, ...clip(element, box) })
    }
  }
  return lines
}

function isDrawn(element) {
  const look = { opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }
  return element.checkVisibility(look) && element.closest('option') === null && !isForReadersOnly(element)
}

/** Clipped on purpose: only a screen reader gets it. */
function isForReadersOnly(element) {
  return (
    element !== null &&
    (getComputedStyle(element).clipPath === 'inset(50%)' || isForReadersOnly(element.parentElement))
  )
}

/** `cutBy`: the element that cuts it without an ellipsis and without a way to scroll. */
function clip(element, box) {
  let [seen, cutBy] = [box, undefined]
  for (let it = element; it !== null && it !== document.documentElement; it = it.parentElement) {
    const { overflowX, overflowY, textOverflow, webkitLineClamp, position } = getComputedStyle(it)
    const frame = it.getBoundingClientRect()
    if (overflowX !== 'visible') {
      const within = {
        ...seen,
        left: Math.max(seen.left, frame.left),
        right: Math.min(seen.right, frame.right),
      }
      const isCut = widthOf(seen) - widthOf(within) > SLACK
      if (isCut && /hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis') cutBy ??= it
      seen = within
    }
    if (overflowY !== 'visible') {
      const within = {
        ...seen,
        top: Math.max(seen.top, frame.top),
        bottom: Math.min(seen.bottom, frame.bottom),
      }
      const isCut = heightOf(seen) - heightOf(within) > SLACK
      if (isCut && /hidden|clip/.test(overflowY) && webkitLineClamp === 'none') cutBy ??= it
      seen = within
    }
    if (position === 'fixed') break
  }
  return { seen, cutBy }
}

function cutOff(lines) {
  const width = document.documentElement.clientWidth
  const edge = ({ seen }) => widthOf(seen) > 0 && (seen.left < -SLACK || seen.right > width + SLACK)
  return [
    ...lines
      .filter(({ cutBy }) => cutBy !== undefined)
      .map((it) => `cut off: "${it.text}" by ${nameOf(it.cutBy)}`),
    ...lines.filter(edge).map(({ text }) => `beyond the edge: "${text}"`),
  ]
}

function overlaps(lines) {
  const seen = lines.filter((it) => widthOf(it.seen) > 0 && heightOf(it.seen) > 0)
  return seen.flatMap((one, at) =>
    seen
      .slice(at + 1)
      .filter((other) => other.node !== one.node && meet(one.seen, other.seen))
      .map((other) => `overlap: "${one.text}" and "${other.text}"`),
  )
}

function meet(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return width > SLACK && height > SLACK
}

/** The text in a field is not part of the page's text: its width is measured separately. */
function tightFields(place) {
  const context = document.createElement('canvas').getContext('2d')
  return [...place.querySelectorAll('input:not([type=checkbox]), select')]
    .filter(isDrawn)
    .flatMap((field) => {
      const look = getComputedStyle(field)
      const text = (field.selectedOptions?.[0]?.label ?? field.value) || field.placeholder || ''
      context.font = look.font
      const room =
        field.clientWidth - Number.parseFloat(look.paddingLeft) - Number.parseFloat(look.paddingRight)
      return context.measureText(text).width > room + SLACK ? [`cut off: "${text}" in ${nameOf(field)}`] : []
    })
}

function widthOf({ left, right }) {
  return Math.max(0, right - left)
}

function heightOf({ top, bottom }) {
  return Math.max(0, bottom - top)
}

function nameOf(element) {
  return `<${element.localName} class="${element.getAttribute('class') ?? ''}">`
}
