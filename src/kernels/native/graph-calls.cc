#include "graph-calls.h"

#include <memory>

#include "calls.h"
#include "graph.h"

namespace nearmiss {
namespace {

const Table& (*tableInUse)() = nullptr;

typedef std::shared_ptr<Graph> Shared;

Shared graphAt(const Arguments& given, size_t i) {
  void* held = nullptr;
  napi_get_value_external(given.env, given.values[i], &held);
  return *static_cast<Shared*>(held);
}

// What the garbage collector must know of.
struct Handle {
  Shared graph;
  int64_t bytes;
};

void letGo(napi_env env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  int64_t now;
  napi_adjust_external_memory(env, -handle->bytes, &now);
  delete handle;
}

// makeGraph(nodes, dim, similarity, M, efConstruction, seed): null where hnswlib's headers were not there
napi_value make(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  napi_value result;
  napi_get_null(env, &result);
  const auto refused = refusal("hnsw", [&] {
    const GraphOptions options{long(given.number(1)), static_cast<Similarity>(static_cast<int>(given.number(2))), long(given.number(3)),
                               long(given.number(4)), given.number(5)};
    const Shared graph = makeGraph(options, given.number(0), tableInUse());
    if (graph == nullptr) return;
    Handle* handle = new Handle{graph, int64_t(graph->bytes())};
    int64_t now;
    napi_adjust_external_memory(env, handle->bytes, &now);
    napi_create_external(env, handle, letGo, nullptr, &result);
  });
  if (refused) napi_throw_range_error(env, nullptr, refused->c_str());
  return result;
}

// graphShape(graph, shape): shape is how many nodes, links above the lowest level in lists, and the node searches begin at or -1
Work shape(const Arguments& given) {
  return [graph = graphAt(given, 0), out = given.array<double>(1)] {
    out[0] = graph->nodes();
    out[1] = graph->levelsSum();
    out[2] = double(graph->entry());
  };
}

// copyGraph(graph, larger)
Work copy(const Arguments& given) {
  return [from = graphAt(given, 0), to = graphAt(given, 1)] { from->copyTo(*to); };
}

// linkGraph(graph, rows, inverse, ids, dead, first, end)
Work link(const Arguments& given) {
  GraphLink input{};
  input.rows = given.array<float>(1);
  input.inverse = given.array<float>(2);
  input.ids = given.array<uint32_t>(3);
  input.dead = given.array<uint8_t>(4);
  input.first = given.number(5);
  input.end = given.number(6);
  return [graph = graphAt(given, 0), input] { graph->link(input); };
}

// countSearches(change)
Work count(const Arguments& given) {
  return [change = int(given.number(0))] { countSearches(change); };
}

// searchGraph(graph, query, queryInverse, rows, inverse, queries, k, ef, eight of exclusions, bestRows, bestScores, found)
Work search(const Arguments& given) {
  GraphSearch input{};
  input.query = given.array<float>(1);
  input.queryInverse = given.array<float>(2);
  input.rows = given.array<float>(3);
  input.inverse = given.array<float>(4);
  input.queries = given.number(5);
  input.k = given.number(6);
  input.ef = given.number(7);
  input.exclusions = exclusions(given, 8);
  input.bestRows = given.array<uint32_t>(16);
  input.bestScores = given.array<float>(17);
  input.found = given.array<uint32_t>(18);
  return [graph = graphAt(given, 0), input] { graph->search(input); };
}

GraphParts partsAt(const Arguments& given, size_t at) {
  GraphParts parts{};
  parts.nodes = given.number(at);
  parts.entry = int64_t(given.number(at + 1));
  parts.levels = given.array<uint8_t>(at + 2);
  parts.lowest = given.array<uint32_t>(at + 3);
  parts.upper = given.array<uint32_t>(at + 4);
  return parts;
}

// readGraph(graph, nodes, entry, levels, lowest, upper): entry is not written
Work read(const Arguments& given) {
  return [graph = graphAt(given, 0), parts = partsAt(given, 1)] { graph->read(parts); };
}

// writeGraph(graph, nodes, entry, levels, lowest, upper)
Work write(const Arguments& given) {
  return [graph = graphAt(given, 0), parts = partsAt(given, 1)] { graph->write(parts); };
}

}  // namespace

void offerGraphs(napi_env env, napi_value exports, const Table& (*table)()) {
  tableInUse = table;
  napi_value graphs;
  napi_create_object(env, &graphs);
  offer(env, graphs,
        {{"make", make},
         {"shape", now<shape>},
         {"copy", later<copy>},
         {"link", later<link>},
         {"count", now<count>},
         {"search", later<search>},
         {"read", later<read>},
         {"write", later<write>}});
  napi_set_named_property(env, exports, "graphs", graphs);
}

}  // namespace nearmiss
