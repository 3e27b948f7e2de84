// A view is a function that describes the visible elements. patch() changes the document
// accordingly, and keeps all matching elements, so that the focus, the selection and typed text
// stay.

/**
 * A description of an element, or a text.
 *
 * @typedef {{ tag: string, props: Record<string, any>, children: Node[] } | string} Node
 * @typedef {Node | number | false | null | undefined | Child[]} Child
 */

/** The data of h() and patch() for an element of the document. @type {WeakMap<any, Node>} */
const drawn = new WeakMap();

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Describes an element. `tag` may have classes: 'p.hint'. A property that begins with `on` is a
 * listener, `value` and `checked` are the contents of a field, `key` tells siblings apart, `style`
 * has CSS properties, and `made` is called with a new element. All others are attributes; true
 * means an empty one, false and undefined mean none.
 *
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {Child[]} children
 * @returns {Node}
 */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split('.');
  const given = props ?? {};
  const all = classes.concat(given.class ?? []).filter(Boolean);
  return {
    tag: name,
    props: all.length > 0 ? { ...given, class: all.join(' ') } : given,
    children: flat(children),
  };
}

/** @param {Child[]} children @returns {Node[]} */
function flat(children) {
  return children.flatMap((child) => {
    if (Array.isArray(child)) {
      return flat(child);
    }
    if (child === undefined || child === null || child === false || child === '') {
      return [];
    }
    return [typeof child === 'number' ? String(child) : child];
  });
}

/**
 * Replaces the children of an element by the described ones. It moves a kept child only if
 * necessary, because moving takes the focus away.
 *
 * @param {any} parent
 * @param {Child[]} wanted
 */
export function patch(parent, wanted) {
  const nodes = flat(wanted);
  const old = [...parent.childNodes];
  const kept = matchesOf(old, nodes);
  const staying = new Set(kept);
  for (const element of old) {
    if (!staying.has(element)) {
      element.remove();
    }
  }
  let next = parent.firstChild;
  for (const [i, node] of nodes.entries()) {
    const element = kept[i] ?? create(node, parent.namespaceURI);
    if (element === next) {
      next = next.nextSibling;
    } else {
      parent.insertBefore(element, next);
    }
    if (kept[i]) {
      update(element, node);
    }
  }
}

/**
 * Finds the existing child for each node: by its key, or else the next similar one.
 *
 * @param {any[]} old
 * @param {Node[]} nodes
 */
function matchesOf(old, nodes) {
  const keyed = new Map(old.map((element) => [keyOf(drawn.get(element)), element]));
  const plain = old.filter((element) => keyOf(drawn.get(element)) === undefined);
  let at = 0;
  return nodes.map((node) => {
    const key = keyOf(node);
    if (key !== undefined) {
      const element = keyed.get(key);
      return isAlike(drawn.get(element), node) ? element : undefined;
    }
    const found = plain.findIndex((element, i) => i >= at && isAlike(drawn.get(element), node));
    at = found < 0 ? at : found + 1;
    return plain[found];
  });
}

/** @param {Node | undefined} node */
const keyOf = (node) => (typeof node === 'object' ? node.props.key : undefined);

/** @param {Node | undefined} old @param {Node} node */
function isAlike(old, node) {
  if (typeof old !== 'object' || typeof node !== 'object') {
    return old !== undefined && typeof old === typeof node;
  }
  return old.tag === node.tag && old.props.key === node.props.key;
}

/** @param {Node} node @param {string | null} namespace of the parent */
function create(node, namespace) {
  if (typeof node === 'string') {
    const text = document.createTextNode(node);
    drawn.set(text, node);
    return text;
  }
  const element =
    node.tag === 'svg' || namespace === SVG
      ? document.createElementNS(SVG, node.tag)
      : document.createElement(node.tag);
  drawn.set(element, { tag: node.tag, props: {}, children: [] });
  update(element, node);
  node.props.made?.(element);
  return element;
}

/** @param {any} element @param {Node} node */
function update(element, node) {
  const old = /** @type {any} */ (drawn.get(element));
  drawn.set(element, node);
  if (typeof node === 'string') {
    if (old !== node) {
      element.data = node;
    }
    return element;
  }
  for (const name of Object.keys(old.props)) {
    if (!(name in node.props)) {
      set(element, name, undefined, old.props[name]);
    }
  }
  patch(element, node.children);
  for (const [name, value] of Object.entries(node.props)) { // a select needs its options first
    set(element, name, value, old.props[name]);
  }
  return element;
}

/** @param {any} element @param {string} name @param {any} value @param {any} old */
function set(element, name, value, old) {
  if (name === 'value' || name === 'checked') {
    if (element[name] !== value) {
      element[name] = value ?? '';
    }
  } else if (name === 'style') {
    for (const [property, text] of Object.entries(value ?? {})) {
      element.style.setProperty(property, text);
    }
  } else if (value === old || name === 'key' || name === 'made') {
    return;
  } else if (name.startsWith('on')) {
    element[name.toLowerCase()] = value ?? null;
  } else if (value === undefined || value === null || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/**
 * Returns a function that draws a view again, once for all changes in the meantime.
 *
 * @param {Element} parent
 * @param {() => Child[]} view
 */
export function drawing(parent, view) {
  let isDue = false;
  return () => {
    if (!isDue) {
      isDue = true;
      queueMicrotask(() => {
        isDue = false;
        patch(parent, view());
      });
    }
  };
}
