#include "pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

// Bytes kept for the next call. The sanitizers' build keeps none, so that they see where each piece ends.
#ifndef NEARMISS_KEEP
#define NEARMISS_KEEP (256 << 20)
#endif

namespace nearmiss {
namespace {

// Tasks that one worker begins with, and others help with when they are done with theirs: what is alike in one call and the next is done by
// the same worker, who has in its cache what it made.
struct alignas(64) Share {
  std::atomic<long> next{0};
  long end = 0;
};

// Never destroyed: its threads wait in it when the process exits.
struct Pool {
  std::atomic<bool> taken{false};  // by the call that has the workers
  std::atomic<uint64_t> gate{0};   // the number of the round, whether it is open, and how many workers are in it
  std::mutex state;
  std::condition_variable begin, end;
  std::atomic<int> invited{0};  // workers of this round, the caller not counted
  // what those in a round read, and nobody writes before they have left
  Share shares[THREADS_AT_MOST];
  Body body = nullptr;
  const void* context = nullptr;
  std::exception_ptr failure;
  int started = 0;
  std::atomic<int> count{1};
};
constexpr uint64_t OPEN = 1 << 16, ROUND = OPEN << 1, INSIDE = OPEN - 1;

Pool& pool() {
  static Pool* only = new Pool;
  return *only;
}

// what threads() is in the call on this thread, 0 where there is none
thread_local int latched = 0;

inline void rest() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Looks for what is about to happen, for a tenth of a millisecond at most: products follow one another closely, and waking up takes long.
template <class Happened>
bool seenSoon(const Happened& happened) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  do {
    for (int look = 0; look < 32; look++) {
      if (happened()) return true;
      rest();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void takeTasks(Pool& p, int worker) {
  const int count = p.invited.load(std::memory_order_relaxed) + 1;
  try {
    for (int other = 0; other < count; other++) {
      Share& share = p.shares[(worker + other) % count];
      for (long task; (task = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) p.body(p.context, task, worker);
    }
  } catch (...) {
    std::lock_guard<std::mutex> lock(p.state);
    p.failure = std::current_exception();
    for (int each = 0; each < count; each++) p.shares[each].next.store(p.shares[each].end, std::memory_order_relaxed);
  }
}

// Whether the worker came in time: a round that was closed meanwhile is over without it.
bool join(Pool& p, int worker, uint64_t gate) {
  while (gate & OPEN) {
    if (worker > p.invited.load(std::memory_order_relaxed)) return false;
    const uint64_t round = gate / ROUND;
    if (p.gate.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire)) return true;
    if (gate / ROUND != round) return false;
  }
  return false;
}

void leave(Pool& p) {
  const uint64_t gate = p.gate.fetch_sub(1, std::memory_order_acq_rel);
  if ((gate & (OPEN | INSIDE)) != 1) return;
  std::lock_guard<std::mutex> lock(p.state);
  p.end.notify_one();
}

void work(int worker) {
  Pool& p = pool();
  uint64_t seen = 0, gate;
  const auto begun = [&] {
    gate = p.gate.load(std::memory_order_acquire);
    return (gate & OPEN) != 0 && gate / ROUND != seen;
  };
  for (;;) {
    if (!seenSoon(begun)) {
      std::unique_lock<std::mutex> lock(p.state);
      p.begin.wait(lock, begun);
    }
    seen = gate / ROUND;
    if (!join(p, worker, gate)) continue;
    {
      const Call call;
      takeTasks(p, worker);
    }
    leave(p);
  }
}

// Workers there are, of those wanted: where the system has no more threads to give, the work is done by fewer.
int startWorkers(Pool& p, int wanted) {
  try {
    for (; p.started < wanted; p.started++) std::thread(work, p.started + 1).detach();
  } catch (const std::exception&) {
    // of the system's limits or of memory
  }
  return p.started < wanted ? p.started : wanted;
}

void open(Pool& p, int wanted, long tasks, Body body, const void* context) {
  {
    std::lock_guard<std::mutex> lock(p.state);
    const int count = startWorkers(p, wanted) + 1;
    for (int each = 0; each < count; each++) {
      p.shares[each].next.store(tasks * each / count, std::memory_order_relaxed);
      p.shares[each].end = tasks * (each + 1) / count;
    }
    p.invited.store(count - 1, std::memory_order_relaxed);
    p.body = body;
    p.context = context;
    const uint64_t round = p.gate.load(std::memory_order_relaxed) / ROUND;
    p.gate.store((round + 1) * ROUND | OPEN, std::memory_order_release);
  }
  p.begin.notify_all();
}

// Waits for workers that are at a task; those that the system has not woken yet would find none.
void close(Pool& p) {
  p.gate.fetch_and(~OPEN, std::memory_order_acq_rel);
  const auto left = [&] { return (p.gate.load(std::memory_order_acquire) & INSIDE) == 0; };
  if (seenSoon(left)) return;
  std::unique_lock<std::mutex> lock(p.state);
  p.end.wait(lock, left);
}

}  // namespace

void runTasks(long tasks, Body body, const void* context) {
  Pool& p = pool();
  const int wanted = static_cast<int>(tasks < threads() ? tasks : threads()) - 1;
  if (wanted <= 0 || p.taken.exchange(true, std::memory_order_acquire)) {
    for (long task = 0; task < tasks; task++) body(context, task, 0);
    return;
  }
  open(p, wanted, tasks, body, context);
  takeTasks(p, 0);
  close(p);
  const std::exception_ptr failure = std::exchange(p.failure, nullptr);
  p.taken.store(false, std::memory_order_release);
  if (failure != nullptr) std::rethrow_exception(failure);
}

int threads() { return latched > 0 ? latched : pool().count.load(std::memory_order_relaxed); }
void setThreads(int count) { pool().count = count < 1 ? 1 : count > THREADS_AT_MOST ? THREADS_AT_MOST : count; }

Call::Call() : outer_(latched) { latched = threads(); }
Call::~Call() { latched = outer_; }

namespace {

// What stands before the memory that is lent.
struct Block {
  size_t bytes;
  Block* older;
};
constexpr size_t HEAD = 64;
constexpr size_t KEPT_AT_MOST = NEARMISS_KEEP;

struct Blocks {
  std::mutex lock;
  Block* newest = nullptr;  // of those kept
  size_t kept = 0, lent = 0, most = SIZE_MAX;
};

Blocks& blocks() {
  static Blocks* only = new Blocks;
  return *only;
}

void* memoryOf(Block* block) { return reinterpret_cast<char*>(block) + HEAD; }
Block* blockOf(void* memory) { return reinterpret_cast<Block*>(static_cast<char*>(memory) - HEAD); }

Block* takeOut(Blocks& b, Block** at) {
  Block* block = *at;
  *at = block->older;
  b.kept -= block->bytes;
  return block;
}

// The smallest of the kept that is large enough, but not one much too large, which another may be about to ask for.
Block* fitting(Blocks& b, size_t bytes) {
  Block** best = nullptr;
  for (Block** at = &b.newest; *at != nullptr; at = &(*at)->older) {
    const bool fits = (*at)->bytes >= bytes && (*at)->bytes / 2 <= bytes + 32768;
    if (fits && (best == nullptr || (*at)->bytes < (*best)->bytes)) best = at;
  }
  return best == nullptr ? nullptr : takeOut(b, best);
}

void freeOldest(Blocks& b) {
  Block** at = &b.newest;
  while ((*at)->older != nullptr) at = &(*at)->older;
  std::free(takeOut(b, at));
}

Block* allocate(Blocks& b, size_t bytes) {
  while (b.newest != nullptr && b.kept + b.lent > b.most - bytes) freeOldest(b);
  void* memory = nullptr;
  while (posix_memalign(&memory, HEAD, HEAD + bytes) != 0) {
    if (b.newest == nullptr) return nullptr;
    freeOldest(b);
  }
  return new (memory) Block{bytes, nullptr};
}

}  // namespace

void* borrow(size_t bytes) {
  Blocks& b = blocks();
  std::lock_guard<std::mutex> lock(b.lock);
  if (b.lent > b.most || bytes > b.most - b.lent || bytes > SIZE_MAX - HEAD) refuseMemory(bytes);
  Block* block = fitting(b, bytes);
  if (block == nullptr) block = allocate(b, bytes);
  if (block == nullptr) refuseMemory(bytes);
  b.lent += block->bytes;
  return memoryOf(block);
}

void giveBack(void* memory) {
  Blocks& b = blocks();
  std::lock_guard<std::mutex> lock(b.lock);
  Block* block = blockOf(memory);
  b.lent -= block->bytes;
  if (block->bytes > KEPT_AT_MOST) {
    std::free(block);
    return;
  }
  block->older = b.newest;
  b.newest = block;
  b.kept += block->bytes;
  while (b.kept > KEPT_AT_MOST) freeOldest(b);
}

void setMemory(double bytes) {
  Blocks& b = blocks();
  std::lock_guard<std::mutex> lock(b.lock);
  b.most = bytes < 0 ? 0 : bytes < 0x1p62 ? static_cast<size_t>(bytes) : SIZE_MAX;
}

void refuseMemory(size_t bytes) { throw NoMemory{bytes}; }

}  // namespace nearmiss
