// Threads and memory that outlive a call. Compiled once, for the baseline instruction set.
//
// Memory that cannot be had is an exception, from a task too: what a kernel borrowed is given back on the way to its caller.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nearmiss {

typedef void (*Body)(const void* context, long task, int worker);

// Runs body(context, task, worker) for every task in [0, tasks), each once, in no order; returns when all are done. Workers
// are numbered from 0 and fewer than threads(). A call made while another is under way runs on its own thread alone. What a
// task throws is thrown here, and tasks nobody has begun by then are left out.
void runTasks(long tasks, Body body, const void* context);

// At least 1 and at most THREADS_AT_MOST.
int threads();
void setThreads(int count);
constexpr int THREADS_AT_MOST = 1024;

// A kernel runs inside one of these: threads() stays what it was, whoever calls setThreads meanwhile.
class Call {
 public:
  Call();
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  int outer_;
};

// Memory aligned to 64 bytes, kept for the next who borrows as much. Throws NoMemory.
void* borrow(size_t bytes);
void giveBack(void* memory);

// What all that is borrowed may come to, in bytes.
void setMemory(double bytes);

struct NoMemory {
  size_t bytes;  // of the piece that could not be had
};
[[noreturn]] void refuseMemory(size_t bytes);

// The same as runTasks, for a lambda. Inlined, as Borrowed is: files of several instruction sets include this.
template <class Task>
inline __attribute__((always_inline)) void parallel(long tasks, const Task& task) {
  runTasks(tasks, [](const void* context, long number, int worker) { (*static_cast<const Task*>(context))(number, worker); }, &task);
}

// Numbers borrowed for as long as this lives.
template <class Number>
class Borrowed {
 public:
  __attribute__((always_inline)) explicit Borrowed(size_t count)
      : numbers_(static_cast<Number*>(borrow(count > SIZE_MAX / sizeof(Number) ? SIZE_MAX : count * sizeof(Number)))) {}
  __attribute__((always_inline)) ~Borrowed() { giveBack(numbers_); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  __attribute__((always_inline)) operator Number*() const { return numbers_; }

 private:
  Number* numbers_;
};

}  // namespace nearmiss
