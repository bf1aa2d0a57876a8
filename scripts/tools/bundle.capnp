# The part of workerd's Pyodide bundle format that `tools.bundle` writes.
# Field and union ordinals are those of workerd (src/pyodide and server/workerd.capnp there).
@0xd2a6f3c1b7e94850;

struct Bundle {
  modules @0 :List(Module);
}

struct Module {
  name @0 :Text;
  union {
    src @1 :Data;
    wasm @4 :Data;
    data @5 :Data;
    json @6 :Text;
  }
  type @2 :ModuleType;
  tsDeclaration @3 :Text;
  compileCache @7 :Data;
}

enum ModuleType {
  bundle @0;
  builtin @1;
  internal @2;
}
