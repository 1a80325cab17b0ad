// Navigable small-world graphs of stored rows, on hnswlib's layout and with its rule for links; compiled once, and only where
// hnswlib-node, which ships hnswlib's headers, is installed.
//
// A graph holds links alone: node i is row i of the rows that each call hands in, and those must be the same for good. Its
// searches are our own: whole batches of queries, several rows at a time, what is excluded as data.
#pragma once

#include <cstdint>
#include <memory>

#include "table.h"

namespace nearmiss {

struct GraphOptions {
  long dim;
  Similarity similarity;
  long links;  // M: twice as many on the lowest level
  long efConstruction;
  double seed;
};

// Links nodes from `first` on to those before; the same on any number of threads.
struct GraphLink {
  const float* rows;     // end x dim
  const float* inverse;  // end, for the cosine; or nothing
  const uint32_t* ids;   // end; a node's level is drawn from its id
  const uint8_t* dead;   // a bitset over rows: those are left without links; or nothing
  long first, end;
};

struct GraphSearch {
  const float* query;  // queries x dim
  const float* queryInverse;  // queries, for the cosine
  const float* rows;   // at least as many as there are nodes
  const float* inverse;
  long queries, k, ef;
  Exclusions exclusions;
  uint32_t* bestRows;  // queries x k
  float* bestScores;   // queries x k
  uint32_t* found;     // queries
};

// What of a graph a file has.
struct GraphParts {
  long nodes;
  int64_t entry;        // the node searches begin at, -1 of an empty graph
  uint8_t* levels;      // nodes
  uint32_t* lowest;     // nodes x (1 + 2 M): how many links, and the links
  uint32_t* upper;      // (the levels' sum) x (1 + M), those of a node together, level 1 first
};

class Graph {
 public:
  virtual ~Graph() = default;
  virtual void link(const GraphLink&) = 0;
  virtual void search(const GraphSearch&) const = 0;
  virtual void read(const GraphParts&) const = 0;
  // The parts must have been looked through: every link a node's, on a level that it has.
  virtual void write(const GraphParts&) = 0;
  virtual void copyTo(Graph& larger) const = 0;
  virtual long nodes() const = 0;
  virtual long levelsSum() const = 0;
  virtual int64_t entry() const = 0;
  virtual double bytes() const = 0;
};

// Says that a search has begun, by 1, or has ended, by -1: linking gives way to it from its first step to its last.
void countSearches(int change);

// For as many nodes as given; nothing where hnswlib's headers were not there.
std::shared_ptr<Graph> makeGraph(const GraphOptions&, long nodes, const Table&);

}  // namespace nearmiss
