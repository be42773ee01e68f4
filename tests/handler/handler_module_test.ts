import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import {
  checkHandlerModule,
  checkHandlers,
  permissionsOf,
  servicesOf,
} from "../../lib/handler/handler_module.ts";

const store = (): number => 0;
const factory = () => ({ store });

const MODULES: readonly unknown[] = [
  { default: factory },
  { default: async () => await Promise.resolve({ store }), name: "a", version: "1" },
  { default: factory, permissions: {} },
  { default: factory, permissions: { net: ["h:1"], read: [], write: ["/x"], env: ["A"], run: [] } },
  { default: factory, permissions: () => ({ net: [] }), other: 1 },
];

for (const module of MODULES) {
  Deno.test({
    name: `\`checkHandlerModule()\` takes ${Deno.inspect(module, { compact: true })}`,
    permissions: "none",
    fn: () => assert.equal(checkHandlerModule(module, "./x.ts"), module),
  });
}

const NO_MODULES: readonly (readonly [module: unknown, says: string])[] = [
  [{}, "it has no default export that makes handlers (a HandlerFactory)"],
  [null, "it has no default export that makes handlers (a HandlerFactory)"],
  [
    { default: { store } },
    "its default export is an object, not a function that makes handlers (a HandlerFactory)",
  ],
  [
    { default: null },
    "its default export is null, not a function that makes handlers (a HandlerFactory)",
  ],
  [{ default: factory, name: 1 }, "its name is a number, not a text"],
  [{ default: factory, name: "" }, "its name is empty, not a text"],
  [{ default: factory, version: 1.2 }, "its version is a number, not a text"],
  [{ default: factory, permissions: [] }, "its permissions are an array, not an object of lists"],
  [
    { default: factory, permissions: "all" },
    "its permissions are a string, not an object of lists",
  ],
  [
    { default: factory, permissions: { network: ["h"] } },
    "its permissions have an unknown kind, network; did you mean net?",
  ],
  [
    { default: factory, permissions: { wirte: ["h"] } },
    "its permissions have an unknown kind, wirte; did you mean write?",
  ],
  [
    { default: factory, permissions: { ffi: [] } },
    "its permissions have an unknown kind, ffi (there are net, read, write, env, run)",
  ],
  [
    { default: factory, permissions: { net: true } },
    "its permissions have a boolean for net, not a list of texts",
  ],
  [
    { default: factory, permissions: { net: [1] } },
    "its permissions have an array for net, not a list of texts",
  ],
];

function refuses(run: () => unknown, says: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof HandlerError);
    assert.equal(error.message, `Cannot use handler ./x.ts: ${says}`);
    assert.equal(error.url, "./x.ts");
    return true;
  });
}

for (const [module, says] of NO_MODULES) {
  Deno.test({
    name: `\`checkHandlerModule()\` refuses ${Deno.inspect(module, { compact: true })}`,
    permissions: "none",
    fn: () => refuses(() => checkHandlerModule(module, "./x.ts"), says),
  });
}

Deno.test({
  name: "`permissionsOf()` asks the handler with its options",
  permissions: "none",
  fn() {
    const options = { to: ["h:1"] };
    const module = checkHandlerModule({
      default: factory,
      permissions: ({ to }: typeof options) => ({ net: to }),
    }, "./x.ts");
    assert.deepEqual(permissionsOf(module, options, "./x.ts"), { net: ["h:1"] });
    assert.deepEqual(permissionsOf({ default: factory }, options, "./x.ts"), {});
    const fixed = { default: factory, permissions: { read: ["/x"] } };
    assert.deepEqual(permissionsOf(fixed, options, "./x.ts"), { read: ["/x"] });
  },
});

const NO_PERMISSIONS: readonly (readonly [permissions: () => unknown, says: string])[] = [
  [() => undefined, "its permissions are undefined, not an object of lists"],
  [() => ({ net: "h" }), "its permissions have a string for net, not a list of texts"],
  [() => ({ nett: [] }), "its permissions have an unknown kind, nett; did you mean net?"],
  [() => Promise.resolve({}), "its permissions are a promise, which is not waited for"],
  [() => {
    throw new Error("the option to is missing");
  }, "the option to is missing"],
];

for (const [permissions, says] of NO_PERMISSIONS) {
  Deno.test({
    name: `\`permissionsOf()\` refuses when ${says}`,
    permissions: "none",
    fn() {
      const module = checkHandlerModule({ default: factory, permissions }, "./x.ts");
      refuses(() => permissionsOf(module, {}, "./x.ts"), says);
    },
  });
}

class Storing {
  stored = 0;
  store(): number {
    return this.stored++;
  }
}

class Finding extends Storing {
  async *find(): AsyncGenerator<never> {}
}

const HANDLERS: readonly (readonly [handlers: object, services: readonly string[]])[] = [
  [{ store }, ["store"]],
  [{ store, attributes: ["Modality"], [Symbol.asyncDispose]: () => Promise.resolve() }, ["store"]],
  [{ resolveMoveDestination: () => undefined }, ["resolveMoveDestination"]],
  [{ acceptAssociation: () => ({ accept: true }) }, ["acceptAssociation"]],
  [{ locate: () => [], find: () => [] }, ["find", "locate"]],
  [{ store, find: undefined }, ["store"]],
  [new Storing(), ["store"]],
  [new Finding(), ["store", "find"]],
  [{ store, stored: () => 1, stores: 3, Store: Storing, onstore: 1, count() {}, finds: 2 }, [
    "store",
  ]],
  [Object.assign(Object.create(null), { store }), ["store"]],
];

for (const [handlers, services] of HANDLERS) {
  Deno.test({
    name: `\`checkHandlers()\` takes ${Deno.inspect(handlers, { compact: true })}`,
    permissions: "none",
    fn() {
      const checked = checkHandlers(handlers, "./x.ts");
      assert.equal(checked, handlers);
      assert.deepEqual(servicesOf(checked), services);
    },
  });
}

const ALL = "store, find, locate, resolveMoveDestination, acceptAssociation";

const NO_HANDLERS: readonly (readonly [handlers: unknown, says: string])[] = [
  [undefined, "its factory made undefined, not handlers"],
  [null, "its factory made null, not handlers"],
  [store, "its factory made a function, not handlers"],
  [{}, `its factory made handlers without a service (${ALL})`],
  [{ attributes: ["Modality"] }, `its factory made handlers without a service (${ALL})`],
  [{ onSomething() {} }, `its factory made handlers without a service (${ALL})`],
  [{ onStore: store }, "its handlers have onStore; did you mean store?"],
  [{ Store: store }, "its handlers have Store; did you mean store?"],
  [{ on_store: store }, "its handlers have on_store; did you mean store?"],
  [{ handleStore: store }, "its handlers have handleStore; did you mean store?"],
  [{ cStore: store }, "its handlers have cStore; did you mean store?"],
  [{ cFind: store, store }, "its handlers have cFind; did you mean find?"],
  [{ sotre: store }, "its handlers have sotre; did you mean store?"],
  [
    { store, acceptAssocation: store },
    "its handlers have acceptAssocation; did you mean acceptAssociation?",
  ],
  [{ store, attribute: ["Modality"] }, "its handlers have attribute; did you mean attributes?"],
  [
    new (class {
      onFind() {}
    })(),
    "its handlers have onFind; did you mean find?",
  ],
  [{ store: 0 }, "its store is a number, not a function"],
  [{ store: null }, "its store is null, not a function"],
  [{ store, find: [] }, "its find is an array, not a function"],
  [{ store, attributes: "Modality" }, "its attributes are a string, not a list of keywords"],
  [{ store, attributes: [0x00080060] }, "its attributes are an array, not a list of keywords"],
  [{ store, [Symbol.asyncDispose]: 1 }, "its [Symbol.asyncDispose] is a number, not a function"],
];

for (const [handlers, says] of NO_HANDLERS) {
  Deno.test({
    name: `\`checkHandlers()\` refuses ${Deno.inspect(handlers, { compact: true })}: ${says}`,
    permissions: "none",
    fn: () => refuses(() => checkHandlers(handlers, "./x.ts"), says),
  });
}
