//! A few safe types around SQLite, which gets all of its memory from [`oom_sweep::c`].
//!
//! SQLite calls a hook before and after "benign" requests, whose failure it handles silently, such
//! as the growth of a hash table that works at any size. [`configure`] sets these hooks. Between
//! the two calls every request is made inside [`oom_sweep::tolerate`].

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::sync::Once;

use libsqlite3_sys as sys;
use oom_sweep::{OomError, c, tolerate};

/// A result code other than "ok".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Error(c_int);

impl OomError for Error {
    fn is_oom(&self) -> bool {
        self.0 & 0xff == sys::SQLITE_NOMEM
    }
}

fn check(code: c_int) -> Result<(), Error> {
    if code == sys::SQLITE_OK { Ok(()) } else { Err(Error(code)) }
}

/// How the requests that SQLite calls benign are handled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Benign {
    /// Their failure is tolerated.
    Tolerated,
    /// They are treated like all other requests.
    Ignored,
}

thread_local! {
    static BENIGN: Cell<Benign> = const { Cell::new(Benign::Tolerated) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

fn request<R>(make: impl FnOnce() -> R) -> R {
    if DEPTH.get() > 0 && BENIGN.get() == Benign::Tolerated {
        tolerate("SQLite calls it benign", make)
    } else {
        make()
    }
}

unsafe extern "C" fn benign_begin() {
    DEPTH.set(DEPTH.get() + 1);
}

unsafe extern "C" fn benign_end() {
    DEPTH.set(DEPTH.get() - 1);
}

/// Converts a size. SQLite uses `int` and never requests less than 1 byte.
fn size(bytes: c_int) -> usize {
    usize::try_from(bytes).expect("SQLite asks for sizes that are not negative")
}

unsafe extern "C" fn x_malloc(bytes: c_int) -> *mut c_void {
    // SAFETY: the function has no requirements.
    request(|| unsafe { c::malloc(size(bytes)) })
}

unsafe extern "C" fn x_realloc(address: *mut c_void, bytes: c_int) -> *mut c_void {
    // SAFETY: SQLite passes a pointer that it got from these functions.
    request(|| unsafe { c::realloc(address, size(bytes)) })
}

unsafe extern "C" fn x_size(address: *mut c_void) -> c_int {
    // SAFETY: as above.
    let bytes = unsafe { c::usable_size(address) };
    c_int::try_from(bytes).expect("the size was requested as an int")
}

/// Rounds sizes up to multiples of 8, as SQLite's manual requires.
unsafe extern "C" fn x_roundup(bytes: c_int) -> c_int {
    (bytes + 7) & !7
}

unsafe extern "C" fn x_init(_: *mut c_void) -> c_int {
    sys::SQLITE_OK
}

unsafe extern "C" fn x_shutdown(_: *mut c_void) {}

static METHODS: Methods = Methods(sys::sqlite3_mem_methods {
    xMalloc: Some(x_malloc),
    xFree: Some(c::free),
    xRealloc: Some(x_realloc),
    xSize: Some(x_size),
    xRoundup: Some(x_roundup),
    xInit: Some(x_init),
    xShutdown: Some(x_shutdown),
    pAppData: ptr::null_mut(),
});

struct Methods(sys::sqlite3_mem_methods);

// SAFETY: it contains only functions and a null pointer, which nothing writes.
unsafe impl Sync for Methods {}

/// Configures the allocator of SQLite, once, before any other call.
fn configure() {
    type Hook = unsafe extern "C" fn();
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ok = |code| assert_eq!(code, sys::SQLITE_OK, "SQLite takes its configuration");
        // SAFETY: SQLite is not initialised yet; each call has the arguments that its manual
        // asks for, and the methods live as long as the process.
        unsafe {
            ok(sys::sqlite3_config(sys::SQLITE_CONFIG_MALLOC, &raw const METHODS.0));
            // A run has one thread, so no mutexes are needed.
            ok(sys::sqlite3_config(sys::SQLITE_CONFIG_SINGLETHREAD));
            // No statistics and no pool of small blocks in SQLite, so that every block is a
            // request.
            ok(sys::sqlite3_config(sys::SQLITE_CONFIG_MEMSTATUS, 0 as c_int));
            ok(sys::sqlite3_config(sys::SQLITE_CONFIG_LOOKASIDE, 0 as c_int, 0 as c_int));
            let (begin, end): (Hook, Hook) = (benign_begin, benign_end);
            let operation = sys::SQLITE_TESTCTRL_BENIGN_MALLOC_HOOKS;
            ok(sys::sqlite3_test_control(operation, begin, end));
        }
    });
}

/// The initialised library. Its drop shuts SQLite down and frees all its memory.
pub(crate) struct Library(());

impl Library {
    pub(crate) fn start(benign: Benign) -> Result<Self, Error> {
        configure();
        BENIGN.set(benign);
        let library = Self(());
        // SAFETY: it may be called at any time. After a failure a shutdown is not needed and does
        // no harm.
        check(unsafe { sys::sqlite3_initialize() })?;
        Ok(library)
    }

    /// A new database in memory.
    pub(crate) fn open(&self) -> Result<Database<'_>, Error> {
        let flags = sys::SQLITE_OPEN_READWRITE | sys::SQLITE_OPEN_CREATE | sys::SQLITE_OPEN_MEMORY;
        let mut database = Database { handle: ptr::null_mut(), library: PhantomData };
        // SAFETY: a handle is written even on failure, and closed with `database`.
        check(unsafe {
            let name = c":memory:".as_ptr();
            sys::sqlite3_open_v2(name, &raw mut database.handle, flags, ptr::null())
        })?;
        Ok(database)
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: every database borrows the library, so all are closed.
        unsafe { sys::sqlite3_shutdown() };
    }
}

/// An open database.
pub(crate) struct Database<'a> {
    handle: *mut sys::sqlite3,
    library: PhantomData<&'a Library>,
}

impl Database<'_> {
    /// Runs statements that return no rows.
    pub(crate) fn execute(&self, sql: &CStr) -> Result<(), Error> {
        // SAFETY: an open database; no callback and no error message are requested.
        check(unsafe {
            sys::sqlite3_exec(self.handle, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
        })
    }

    pub(crate) fn prepare(&self, sql: &CStr) -> Result<Statement<'_>, Error> {
        let mut statement = Statement { handle: ptr::null_mut(), database: PhantomData };
        // SAFETY: an open database, and a text that ends in 0.
        check(unsafe {
            let (sql, rest) = (sql.as_ptr(), ptr::null_mut());
            sys::sqlite3_prepare_v2(self.handle, sql, -1, &raw mut statement.handle, rest)
        })?;
        Ok(statement)
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        // SAFETY: an open database.
        unsafe { sys::sqlite3_get_autocommit(self.handle) == 0 }
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // SAFETY: statements borrow the database, so all are finalised; null is allowed.
        let code = unsafe { sys::sqlite3_close(self.handle) };
        assert_eq!(code, sys::SQLITE_OK, "nothing of it is in use");
    }
}

/// A prepared statement.
pub(crate) struct Statement<'a> {
    handle: *mut sys::sqlite3_stmt,
    database: PhantomData<&'a ()>,
}

impl Statement<'_> {
    pub(crate) fn bind_number(&mut self, index: c_int, value: i64) -> Result<(), Error> {
        // SAFETY: a statement that is not running.
        check(unsafe { sys::sqlite3_bind_int64(self.handle, index, value) })
    }

    pub(crate) fn bind_text(&mut self, index: c_int, text: &str) -> Result<(), Error> {
        let len = c_int::try_from(text.len()).expect("a short text");
        // SAFETY: as above; SQLite makes a copy.
        check(unsafe {
            let (text, copied) = (text.as_ptr().cast(), sys::SQLITE_TRANSIENT());
            sys::sqlite3_bind_text(self.handle, index, text, len, copied)
        })
    }

    /// Whether there is another row.
    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        // SAFETY: a prepared statement.
        match unsafe { sys::sqlite3_step(self.handle) } {
            sys::SQLITE_ROW => Ok(true),
            sys::SQLITE_DONE => Ok(false),
            code => Err(Error(code)),
        }
    }

    /// Makes the statement ready to run again. `step` has already reported a failure of the last
    /// run.
    pub(crate) fn reset(&mut self) {
        // SAFETY: a prepared statement.
        unsafe { sys::sqlite3_reset(self.handle) };
    }

    /// A number of the current row.
    pub(crate) fn number(&self, column: c_int) -> i64 {
        // SAFETY: there is a current row, because callers have just stepped to it.
        unsafe { sys::sqlite3_column_int64(self.handle, column) }
    }

    /// A text of the current row. It is stored as UTF-8, so reading it makes no request.
    pub(crate) fn text(&self, column: c_int) -> Result<&[u8], Error> {
        // SAFETY: as above; the text lives until the statement is used again.
        unsafe {
            let text = sys::sqlite3_column_text(self.handle, column);
            let len = size(sys::sqlite3_column_bytes(self.handle, column));
            // For a column that is not null, null means that a request failed.
            if text.is_null() {
                return Err(Error(sys::SQLITE_NOMEM));
            }
            Ok(std::slice::from_raw_parts(text, len))
        }
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: nothing uses the statement any more; null is allowed. The returned code is that
        // of the last step.
        unsafe { sys::sqlite3_finalize(self.handle) };
    }
}
