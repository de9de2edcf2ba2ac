/** Methods that stand in for those of `below`; called with the object as `this`. */
export type Layer<T extends object> = (below: T) => Partial<T> & ThisType<T>;

const made = new WeakMap<Layer<never>, WeakMap<object, object>>();

/**
 * Gives an object methods that stand in for its own. They are made once for all objects whose method `key` is the same,
 * so that ten thousand connections hold no closures of their own; the class stays as it is for everybody else.
 *
 * A layer may only use `below` for its methods: it is the first object of its kind, not the one that is called.
 */
export function layOver<T extends object>(object: T, layer: Layer<T>, key: keyof T): void {
  const below = object[key] as object;
  let layers = made.get(layer as Layer<never>);
  if (layers === undefined) {
    layers = new WeakMap();
    made.set(layer as Layer<never>, layers);
  }
  let methods = layers.get(below);
  if (methods === undefined) {
    methods = layer(object);
    layers.set(below, methods);
  }
  Object.assign(object, methods);
}
