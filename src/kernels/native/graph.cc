#include "graph.h"

#ifdef NEARMISS_HNSWLIB

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#include "hnswlib.h"
#pragma GCC diagnostic pop

#include "pool.h"

namespace nearmiss {
namespace {

typedef uint32_t Node;

struct Near {
  float distance;
  Node node;
};
bool closer(const Near& a, const Near& b) { return a.distance < b.distance || (a.distance == b.distance && a.node < b.node); }
bool farther(const Near& a, const Near& b) { return closer(b, a); }

// A heap whose top is the farthest, or the closest, as its order says.
template <bool (*BELOW)(const Near&, const Near&)>
class Heap {
 public:
  void clear() { all_.clear(); }
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  const Near& top() const { return all_.front(); }
  void push(const Near& one) {
    all_.push_back(one);
    std::push_heap(all_.begin(), all_.end(), BELOW);
  }
  Near pop() {
    std::pop_heap(all_.begin(), all_.end(), BELOW);
    const Near one = all_.back();
    all_.pop_back();
    return one;
  }
  std::vector<Near>& all() { return all_; }

 private:
  std::vector<Near> all_;
};

// What one search at a time needs: which nodes it has met, those it has still to go on from, and the closest so far.
class Walk {
 public:
  explicit Walk(size_t nodes) : met_(nodes) {}

  Heap<closer> nearest;     // the farthest of them on top
  Heap<farther> frontier;  // the closest on top
  std::vector<Node> fresh;
  std::vector<float> distances;

  size_t nodes() const { return met_.size(); }
  void begin() {
    nearest.clear();
    frontier.clear();
    if (++now_ == 0) {
      std::fill(met_.begin(), met_.end(), 0);
      now_ = 1;
    }
  }
  bool meet(Node node) {
    if (met_[node] == now_) return false;
    met_[node] = now_;
    return true;
  }
  void prefetch(Node node) const { __builtin_prefetch(&met_[node]); }

 private:
  std::vector<uint16_t> met_;
  uint16_t now_ = 0;
};

// What hnswlib asks of a space. A row's data is its number, and what measures distances is the table: hnswlib's own is not called.
class Space : public hnswlib::SpaceInterface<float> {
 public:
  size_t get_data_size() override { return sizeof(Node); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return nullptr; }
  void* get_dist_func_param() override { return nullptr; }
};

// A number in (0, 1] of a seed and an id: SplitMix64's finalizer.
double drawn(uint64_t seed, uint64_t id) {
  uint64_t z = seed * 0x9e3779b97f4a7c15 + (id + 1) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return double((z >> 11) + 1) * 0x1p-53;
}

// Who has the threads: a search waits for no more than the few nodes that are being linked, and linking goes on between searches, or
// after a while beside them.
class Turns {
 public:
  void change(int searches) {
    const std::lock_guard<std::mutex> lock(changing_);
    searches_ += searches;
    if (searches_ == 0) changed_.notify_all();
  }
  void awaitLinks() {
    std::unique_lock<std::mutex> lock(changing_);
    changed_.wait(lock, [&] { return links_ == 0; });
  }
  void beginLinks() {
    std::unique_lock<std::mutex> lock(changing_);
    changed_.wait_for(lock, std::chrono::milliseconds(25), [&] { return searches_ == 0; });
    links_++;
  }
  void endLinks() {
    const std::lock_guard<std::mutex> lock(changing_);
    if (--links_ == 0) changed_.notify_all();
  }

 private:
  std::mutex changing_;
  std::condition_variable changed_;
  int searches_ = 0, links_ = 0;
};
Turns turns;

struct Linking {
  Linking() { turns.beginLinks(); }
  ~Linking() { turns.endLinks(); }
};

// The same as parallel, some tasks of a thread at a time: in between searches have their turn.
template <class Task>
void inTurns(long tasks, long some, const Task& task) {
  const long together = some * threads();
  for (long from = 0; from < tasks; from += together) {
    const Linking turn;
    parallel(std::min(together, tasks - from), [&](long t, int worker) { task(from + t, worker); });
  }
}

bool holds(const uint8_t* bits, long at) { return bits != nullptr && (bits[at / 8] >> (at % 8) & 1) != 0; }

class HnswlibGraph : public Graph {
 public:
  HnswlibGraph(const GraphOptions& options, long nodes, const Table& table)
      : options_(options), table_(table), graph_(&space_, nodes, options.links, options.efConstruction) {
    // which only calls of its own that are not made here look at
    std::vector<std::mutex>().swap(graph_.label_op_locks_);
    graph_.visited_list_pool_.reset();
    std::vector<std::mutex>().swap(graph_.link_list_locks_);
    graph_.cur_element_count = nodes;
    std::memset(graph_.data_level0_memory_, 0, nodes * graph_.size_data_per_element_);
    for (long i = 0; i < nodes; i++) {
      const Node node = Node(i);
      std::memcpy(graph_.getDataByInternalId(node), &node, sizeof node);
      graph_.setExternalLabel(node, node);
    }
  }

  void link(const GraphLink& in) override {
    for (long from = in.first; from < in.end;) from = linkSome(in, from);
  }

  void search(const GraphSearch& in) const override {
    constexpr long TOGETHER = 4;
    turns.awaitLinks();
    parallel((in.queries + TOGETHER - 1) / TOGETHER, [&](long task, int) {
      Lent lent(*this);
      const long end = std::min((task + 1) * TOGETHER, in.queries);
      for (long q = task * TOGETHER; q < end; q++) searchOne(in, q, lent.walk());
    });
  }

  void read(const GraphParts& out) const override {
    uint32_t* upper = out.upper;
    const long low = 1 + graph_.maxM0_, high = 1 + graph_.maxM_;
    for (long i = 0; i < out.nodes; i++) {
      const int levels = graph_.element_levels_[i];
      out.levels[i] = uint8_t(levels);
      std::memcpy(out.lowest + i * low, graph_.get_linklist0(i), low * sizeof(uint32_t));
      for (int level = 1; level <= levels; level++, upper += high) {
        std::memcpy(upper, graph_.get_linklist(i, level), high * sizeof(uint32_t));
      }
    }
  }

  void write(const GraphParts& in) override {
    const uint32_t* upper = in.upper;
    const long low = 1 + graph_.maxM0_, high = 1 + graph_.maxM_;
    for (long i = 0; i < in.nodes; i++) {
      std::memcpy(graph_.get_linklist0(i), in.lowest + i * low, low * sizeof(uint32_t));
      rise(Node(i), in.levels[i]);
      for (int level = 1; level <= in.levels[i]; level++, upper += high) {
        std::memcpy(graph_.get_linklist(i, level), upper, high * sizeof(uint32_t));
      }
    }
    if (in.entry < 0) return;
    graph_.enterpoint_node_ = Node(in.entry);
    graph_.maxlevel_ = in.levels[in.entry];
  }

  void copyTo(Graph& larger) const override {
    hnswlib::HierarchicalNSW<float>& to = static_cast<HnswlibGraph&>(larger).graph_;
    std::memcpy(to.data_level0_memory_, graph_.data_level0_memory_, nodes() * graph_.size_data_per_element_);
    for (Node i = 0; i < nodes(); i++) {
      const int levels = graph_.element_levels_[i];
      static_cast<HnswlibGraph&>(larger).rise(i, levels);
      if (levels > 0) std::memcpy(to.linkLists_[i], graph_.linkLists_[i], levels * graph_.size_links_per_element_);
    }
    to.enterpoint_node_ = graph_.enterpoint_node_;
    to.maxlevel_ = graph_.maxlevel_;
  }

  long nodes() const override { return graph_.max_elements_; }
  long levelsSum() const override {
    long sum = 0;
    for (const int level : graph_.element_levels_) sum += level;
    return sum;
  }
  int64_t entry() const override { return graph_.maxlevel_ < 0 ? -1 : int64_t(graph_.enterpoint_node_); }
  double bytes() const override {
    return double(nodes()) * (graph_.size_data_per_element_ + sizeof(void*) + sizeof(int)) + double(levelsSum()) * graph_.size_links_per_element_;
  }

 private:
  // A walk for as long as this lives. They are kept from one call to the next: what a node was met by is as long as the graph.
  class Lent {
   public:
    explicit Lent(const HnswlibGraph& graph) : graph_(graph), walk_(graph.idle()) {
      if (walk_ == nullptr) walk_ = std::make_unique<Walk>(graph.nodes());
    }
    ~Lent() {
      const std::lock_guard<std::mutex> lock(graph_.lending_);
      graph_.walks_.push_back(std::move(walk_));
    }
    Walk& walk() { return *walk_; }

   private:
    const HnswlibGraph& graph_;
    std::unique_ptr<Walk> walk_;
  };

  std::unique_ptr<Walk> idle() const {
    const std::lock_guard<std::mutex> lock(lending_);
    if (walks_.empty()) return nullptr;
    std::unique_ptr<Walk> walk = std::move(walks_.back());
    walks_.pop_back();
    return walk;
  }

  const GraphOptions options_;
  const Table& table_;
  Space space_;
  mutable hnswlib::HierarchicalNSW<float> graph_;
  mutable std::mutex lending_;
  mutable std::vector<std::unique_ptr<Walk>> walks_;

  int levelOf(uint32_t id) const {
    // a level of 2^-53 for M = 2; hnswlib has room for any
    return int(-std::log(drawn(uint64_t(options_.seed), id)) * graph_.mult_);
  }

  // Room for a node's links on the levels above the lowest.
  void rise(Node node, int levels) {
    if (levels > 0) {
      char* links = static_cast<char*>(std::calloc(levels, graph_.size_links_per_element_));
      if (links == nullptr) throw std::bad_alloc();
      graph_.linkLists_[node] = links;
    }
    graph_.element_levels_[node] = levels;
  }

  // A link that is to be made from `to`, which has it from the other end.
  struct Back {
    Node to;
    int level;
    Near from;
  };

  // Links nodes from `first` on, few beside those before, and says where the next begin. Each finds its own links at once with the others,
  // among the nodes before and its companions; then each node they lead to takes in the other ends. Nobody reads what another writes
  // meanwhile, so the graph is the same on any number of threads.
  long linkSome(const GraphLink& in, long first) {
    constexpr long MOST = 512, SHARE = 16;
    const Rows rows{in.rows, in.inverse, options_.dim, options_.similarity};
    const int highest = graph_.maxlevel_;
    const long limit = std::min({in.end, first + std::max(first / SHARE, 1L), first + MOST});
    std::vector<Node> nodes;
    long end = first;
    // one that is higher than all before is where searches begin from then on: it has no companions after it
    for (bool rose = false; end < limit && !rose; end++) {
      if (holds(in.dead, end)) continue;
      const int levels = levelOf(in.ids[end]);
      rose = levels > highest;
      rise(Node(end), levels);
      nodes.push_back(Node(end));
    }
    if (nodes.empty()) return end;

    if (highest >= 0) {
      std::vector<std::vector<Back>> backs(nodes.size());
      inTurns(nodes.size(), 2, [&](long n, int) {
        Lent lent(*this);
        findLinks(rows, nodes.data(), n, backs[n], lent.walk());
      });
      takeBack(rows, backs);
    }
    if (graph_.element_levels_[nodes.back()] > highest) {
      graph_.enterpoint_node_ = nodes.back();
      graph_.maxlevel_ = graph_.element_levels_[nodes.back()];
    }
    return end;
  }

  // The links of nodes[n]: among the nodes before all of these, and the n companions before it.
  void findLinks(const Rows& rows, const Node* nodes, long n, std::vector<Back>& backs, Walk& walk) {
    const Node node = nodes[n];
    const float* x = rows.rows + node * rows.dim;
    const float inverse = inverseOf(rows, node);
    std::vector<float> beside(n);
    table_.distances(rows, x, inverse, nodes, n, beside.data());
    Near from{0, graph_.enterpoint_node_};
    table_.distances(rows, x, inverse, &from.node, 1, &from.distance);
    const int highest = graph_.maxlevel_, levels = std::min(graph_.element_levels_[node], highest);
    for (int level = highest; level > levels; level--) descend(rows, x, inverse, level, from, walk);
    for (int level = levels; level >= 0; level--) {
      explore(rows, x, inverse, level, graph_.ef_construction_, from, walk, [](Node) { return true; });
      std::vector<Near>& near = walk.nearest.all();
      from = *std::min_element(near.begin(), near.end(), closer);
      for (long c = 0; c < n; c++) {
        if (graph_.element_levels_[nodes[c]] >= level) near.push_back({beside[c], nodes[c]});
      }
      std::sort(near.begin(), near.end(), closer);
      if (near.size() > graph_.ef_construction_) near.resize(graph_.ef_construction_);
      keepApart(rows, near, graph_.M_, walk);
      setLinks(node, level, near);
      for (const Near& link : near) backs.push_back({link.node, level, {link.distance, node}});
    }
  }

  // Makes the other ends of links, those of one node and level together.
  void takeBack(const Rows& rows, const std::vector<std::vector<Back>>& backs) {
    std::vector<Back> all;
    for (const std::vector<Back>& some : backs) all.insert(all.end(), some.begin(), some.end());
    std::sort(all.begin(), all.end(), [](const Back& a, const Back& b) {
      return std::tie(a.level, a.to, a.from.node) < std::tie(b.level, b.to, b.from.node);
    });
    std::vector<size_t> starts;
    for (size_t b = 0; b < all.size(); b++) {
      if (b == 0 || all[b].to != all[b - 1].to || all[b].level != all[b - 1].level) starts.push_back(b);
    }
    const size_t lists = starts.size();
    starts.push_back(all.size());
    constexpr size_t TOGETHER = 32;
    inTurns((lists + TOGETHER - 1) / TOGETHER, 1, [&](long task, int) {
      Lent lent(*this);
      const size_t end = std::min((task + 1) * TOGETHER, lists);
      for (size_t l = task * TOGETHER; l < end; l++) addLinks(rows, &all[starts[l]], &all[starts[l + 1]], lent.walk());
    });
  }

  void addLinks(const Rows& rows, const Back* first, const Back* end, Walk& walk) {
    const Node node = first->to;
    const int level = first->level;
    const size_t room = level == 0 ? graph_.maxM0_ : graph_.maxM_;
    const unsigned* list = graph_.get_linklist_at_level(node, level);
    walk.fresh.assign(list + 1, list + 1 + graph_.getListCount(const_cast<unsigned*>(list)));
    measure(rows, rows.rows + node * rows.dim, inverseOf(rows, node), walk);
    std::vector<Near>& near = walk.nearest.all();
    near.clear();
    for (size_t e = 0; e < walk.fresh.size(); e++) near.push_back({walk.distances[e], walk.fresh[e]});
    for (const Back* back = first; back < end; back++) near.push_back(back->from);
    if (near.size() > room) {
      std::sort(near.begin(), near.end(), closer);
      keepApart(rows, near, room, walk);
    }
    setLinks(node, level, near);
  }

  void setLinks(Node node, int level, const std::vector<Near>& near) {
    unsigned* list = graph_.get_linklist_at_level(node, level);
    graph_.setListCount(list, near.size());
    for (size_t e = 0; e < near.size(); e++) list[1 + e] = near[e].node;
  }

  // hnswlib's rule: of candidates, the closest first, those that are no closer to one that was kept than to the node itself.
  void keepApart(const Rows& rows, std::vector<Near>& candidates, size_t most, Walk& walk) const {
    if (candidates.size() < most) return;
    constexpr size_t TOGETHER = 4;
    std::vector<Node>& kept = walk.fresh;
    kept.clear();
    for (size_t c = 0; c < candidates.size() && kept.size() < most; c++) {
      const Near candidate = candidates[c];
      const float* x = rows.rows + candidate.node * rows.dim;
      bool apart = true;
      for (size_t k = 0; k < kept.size() && apart; k += TOGETHER) {
        const size_t count = std::min(TOGETHER, kept.size() - k);
        float between[TOGETHER];
        table_.distances(rows, x, inverseOf(rows, candidate.node), kept.data() + k, count, between);
        for (size_t e = 0; e < count; e++) apart = apart && between[e] >= candidate.distance;
      }
      if (!apart) continue;
      candidates[kept.size()] = candidate;
      kept.push_back(candidate.node);
    }
    candidates.resize(kept.size());
  }

  static float inverseOf(const Rows& rows, Node node) { return rows.inverse == nullptr ? 1.f : rows.inverse[node]; }

  // The links of a node that the walk has not met, their rows under way to the caches.
  void gather(Node node, int level, const Rows& rows, Walk& walk) const {
    walk.fresh.clear();
    const unsigned* list = graph_.get_linklist_at_level(node, level);
    const long count = graph_.getListCount(const_cast<unsigned*>(list));
    const unsigned* links = list + 1;
    for (long e = 0; e < count; e++) walk.prefetch(links[e]);
    for (long e = 0; e < count; e++) {
      if (!walk.meet(links[e])) continue;
      walk.fresh.push_back(links[e]);
      const char* row = reinterpret_cast<const char*>(rows.rows + links[e] * rows.dim);
      __builtin_prefetch(row);
      __builtin_prefetch(row + 64);
    }
  }

  // The closest node of a level that can be reached by ever closer ones.
  void descend(const Rows& rows, const float* x, float inverse, int level, Near& at, Walk& walk) const {
    walk.begin();
    walk.meet(at.node);
    for (bool moved = true; moved;) {
      moved = false;
      gather(at.node, level, rows, walk);
      measure(rows, x, inverse, walk);
      for (size_t e = 0; e < walk.fresh.size(); e++) {
        if (walk.distances[e] >= at.distance) continue;
        at = {walk.distances[e], walk.fresh[e]};
        moved = true;
      }
    }
  }

  void measure(const Rows& rows, const float* x, float inverse, Walk& walk) const {
    if (walk.distances.size() < walk.fresh.size()) walk.distances.resize(walk.fresh.size());
    table_.distances(rows, x, inverse, walk.fresh.data(), walk.fresh.size(), walk.distances.data());
  }

  // The `ef` closest accepted nodes that are met, into walk.nearest: what is not accepted is passed through.
  template <class Accepts>
  void explore(const Rows& rows, const float* x, float inverse, int level, size_t ef, const Near& from, Walk& walk,
               const Accepts& accepts) const {
    walk.begin();
    walk.meet(from.node);
    walk.frontier.push(from);
    if (accepts(from.node)) walk.nearest.push(from);
    while (!walk.frontier.empty()) {
      if (walk.nearest.size() >= ef && walk.frontier.top().distance > walk.nearest.top().distance) return;
      gather(walk.frontier.pop().node, level, rows, walk);
      measure(rows, x, inverse, walk);
      for (size_t e = 0; e < walk.fresh.size(); e++) {
        const Near near{walk.distances[e], walk.fresh[e]};
        if (walk.nearest.size() >= ef && !closer(near, walk.nearest.top())) continue;
        walk.frontier.push(near);
        if (!accepts(near.node)) continue;
        walk.nearest.push(near);
        if (walk.nearest.size() > ef) walk.nearest.pop();
      }
    }
  }

  void searchOne(const GraphSearch& in, long q, Walk& walk) const {
    in.found[q] = 0;
    if (graph_.maxlevel_ < 0) return;
    const Rows rows{in.rows, in.inverse, options_.dim, options_.similarity};
    const float* x = in.query + q * options_.dim;
    const float inverse = in.queryInverse == nullptr ? 1.f : in.queryInverse[q];
    Near from{0, graph_.enterpoint_node_};
    table_.distances(rows, x, inverse, &from.node, 1, &from.distance);
    for (int level = graph_.maxlevel_; level > 0; level--) descend(rows, x, inverse, level, from, walk);
    const size_t ef = std::max(in.ef, in.k);
    if (in.exclusions.none()) {
      explore(rows, x, inverse, 0, ef, from, walk, [](Node) { return true; });
    } else {
      explore(rows, x, inverse, 0, ef, from, walk, [&](Node node) { return !in.exclusions.hold(q, node); });
    }
    keepBest(in, q, walk);
  }

  // The k best by their scores in float64, ties by id. float32 may have misplaced those about the k-th.
  void keepBest(const GraphSearch& in, long q, Walk& walk) const {
    std::vector<Near>& all = walk.nearest.all();
    std::sort(all.begin(), all.end(), closer);
    size_t count = std::min(all.size(), size_t(in.k));
    if (count == size_t(in.k)) {
      const float last = all[count - 1].distance, within = last + std::fabs(last) * 1e-5f + 1e-6f;
      while (count < all.size() && all[count].distance <= within) count++;
    }
    std::vector<Node>& nodes = walk.fresh;
    nodes.resize(count);
    for (size_t i = 0; i < count; i++) nodes[i] = all[i].node;
    if (walk.distances.size() < count) walk.distances.resize(count);
    table_.scoreRows({in.query + q * options_.dim, in.rows, nodes.data(), options_.dim, long(count), options_.similarity, walk.distances.data()});
    for (size_t i = 0; i < count; i++) all[i] = {-walk.distances[i], nodes[i]};
    const uint32_t* ids = in.exclusions.ids;
    std::sort(all.begin(), all.begin() + count, [&](const Near& a, const Near& b) {
      return a.distance < b.distance || (a.distance == b.distance && ids[a.node] < ids[b.node]);
    });
    const size_t found = std::min(count, size_t(in.k));
    for (size_t i = 0; i < found; i++) {
      in.bestRows[q * in.k + i] = all[i].node;
      in.bestScores[q * in.k + i] = -all[i].distance;
    }
    in.found[q] = uint32_t(found);
  }
};

}  // namespace

void countSearches(int change) { turns.change(change); }

std::shared_ptr<Graph> makeGraph(const GraphOptions& options, long nodes, const Table& table) {
  return std::make_shared<HnswlibGraph>(options, nodes, table);
}

}  // namespace nearmiss

#else

namespace nearmiss {
void countSearches(int) {}
std::shared_ptr<Graph> makeGraph(const GraphOptions&, long, const Table&) { return nullptr; }
}  // namespace nearmiss

#endif
