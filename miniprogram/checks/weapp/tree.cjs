/** The page as WeChat would draw it: Taro's setData patches applied to a tree, to be read and tapped. */

/** "root.cn.[0].cn[2].v" as its steps. */
function stepsOf(path) {
  return path.split(/[.[\]]+/).filter(Boolean)
}

function patch(data, changes) {
  for (const path of Object.keys(changes)) {
    const steps = stepsOf(path)
    const last = steps.pop()
    let at = data
    for (const step of steps) {
      at[step] ??= {}
      at = at[step]
    }
    at[last] = changes[path]
  }
}

const childrenOf = (node) => Object.values(node?.cn ?? {}).filter(Boolean)

function textOf(node) {
  if (!node) return ''
  return (node.v ?? '') + childrenOf(node).map(textOf).join('')
}

/** The deepest nodes that pass, each with its ancestors, innermost first. */
function find(node, passes, above = []) {
  const line = [node, ...above]
  const found = childrenOf(node).flatMap((child) => find(child, passes, line))
  if (found.length > 0) return found
  return passes(node) ? [line] : []
}

const isOff = (node) => node.cl?.includes('button-off')

/**
 * Every node that hears a tap, innermost lines only, in the order of the page. Taro binds taps to all
 * of one kind of view: those that nobody listens to do nothing when they are touched.
 */
function tappablesOf(root, bindings) {
  const hears = (node) => bindings.get(node.nn)?.has('tap') ?? false
  return find(root, hears)
    .filter(([node]) => !isOff(node))
    .map((line) => ({ line, words: textOf(line[0]), kind: line[0].cl ?? '' }))
}

/** Which events each kind of node listens to, read off the built templates as WeChat reads them. */
function bindingsOf(wxml) {
  const bindings = new Map()
  for (const [, kind, body] of wxml.matchAll(
    /<template name="tmpl_0_(\w+)">([\s\S]*?)<\/template>/g,
  )) {
    const events = [...body.matchAll(/\b(?:bind|catch)(\w+)="eh"/g)].map((m) => m[1].toLowerCase())
    // An input has one template with the focus and one without.
    const node = kind.split('_')[0]
    bindings.set(node, new Set([...(bindings.get(node) ?? []), ...events]))
  }
  return bindings
}

module.exports = { patch, textOf, find, bindingsOf, tappablesOf }
