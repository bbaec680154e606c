/* Firmware of a small stimulator, compiled for the host: one channel, four levels of direct current, positive, negative or
 * bipolar (alternating once a second). Its serial line speaks stim1 (docs/stimulator-protocol.md); its registers and its
 * clock are at the other end of a TCP connection (docs/firmware-interface.md). On a target, the functions under
 * "registers" write to hardware instead, and main() is the interrupt handlers. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef unsigned long long Time; /* nanoseconds of our own crystal */
#define MS 1000000ULL
#define NEVER (~0ULL)
enum { LEVELS = 4, FULL_SCALE_UA = 1000, DAC_CODES = 4096, WATCHDOG_MS = 3000, LONGEST_LINE = 128 };
static const int LEVEL_UA[LEVELS + 1] = {0, 100, 200, 400, 600};
static const Time HALF_PERIOD = 500 * MS;

static FILE *sim;
static Time now, fed, flip = NEVER;
static int level, running, reversed;
static const char *polarity = "positive", *trip = "none";

/* ---- registers ---- */
static void output(const char *envelope) {
    int code = (LEVEL_UA[level] * DAC_CODES + FULL_SCALE_UA / 2) / FULL_SCALE_UA;
    if (running)
        fprintf(sim, "PLAY 1 1000000000:%d:%d LEVEL=%d%s\n", reversed ? -1 : 1, code, level, envelope);
    else
        fprintf(sim, "STOP 1\n");
}

static void transmit(const char *text) {
    fprintf(sim, "TX ");
    while (*text) fprintf(sim, "%02x", (unsigned char)*text++);
    fprintf(sim, "\n");
}

/* ---- output ---- */
static void set_direction(void) { /* a new setting begins with its first direction */
    reversed = !strcmp(polarity, "negative");
    flip = running && !strcmp(polarity, "bipolar") ? now + HALF_PERIOD : NEVER;
}

static void switch_off(const char *reason) {
    running = 0, flip = NEVER, trip = reason;
    output("");
}

static void alarms(void) {
    if (now >= flip) reversed = !reversed, flip += HALF_PERIOD, output("");
    if (running && now >= fed + WATCHDOG_MS * MS) switch_off("watchdog");
}

/* ---- protocol ---- */
static unsigned crc(const char *data, size_t count) {
    unsigned sum = 0xFFFF;
    while (count--) {
        sum ^= (unsigned)(unsigned char)*data++ << 8;
        for (int bit = 0; bit < 8; bit++) sum = (sum & 0x8000 ? sum << 1 ^ 0x1021 : sum << 1) & 0xFFFF;
    }
    return sum;
}

static void answer(const char *tag, const char *format, ...) {
    char line[LONGEST_LINE + 8];
    va_list values;
    int head = snprintf(line, sizeof line, "%.4s ", tag);
    va_start(values, format);
    vsnprintf(line + head, LONGEST_LINE - 6 - (size_t)head, format, values);
    va_end(values);
    sprintf(line + strlen(line), "*%04X\n", crc(line, strlen(line)));
    transmit(line);
}

static const char *set(char *pairs) { /* all or nothing; NULL: done */
    const char *names[] = {"positive", "negative", "bipolar"}, *direction = polarity;
    int wanted = level, some = 0;
    for (char *pair = strtok(pairs, " "); pair; pair = strtok(NULL, " "), some = 1) {
        char *value = strchr(pair, '='), *end = "?";
        if (!value) return "ERR 2 wrong arguments";
        *value++ = '\0';
        if (!strcmp(pair, "LEVEL")) {
            long number = strtol(value, &end, 10);
            if (*end || end == value || number < 0 || number > LEVELS) return "ERR 4 value not allowed: LEVEL";
            wanted = (int)number;
        } else if (!strcmp(pair, "POLARITY")) {
            direction = NULL;
            for (int i = 0; i < 3; i++) direction = strcmp(value, names[i]) ? direction : names[i];
            if (!direction) return "ERR 4 value not allowed: POLARITY";
        } else if (!strcmp(pair, "MODE")) {
            /* The only mode: what is sent again is no change, so it is allowed while running. */
            if (strcmp(value, "steady")) return "ERR 4 value not allowed: MODE";
        } else {
            return "ERR 3 unknown key";
        }
    }
    if (!some) return "ERR 2 wrong arguments";
    int turned = strcmp(direction, polarity);
    level = wanted, polarity = direction;
    if (turned) set_direction();
    if (running) output("");
    return NULL;
}

static void execute(char *line) {
    size_t length = strlen(line);
    if (length && line[length - 1] == '\r') line[--length] = '\0';
    if (length < 11 || line[length - 5] != '*' || strtoul(line + length - 4, NULL, 16) != crc(line, length - 5)) return;
    line[length - 5] = '\0';
    char *tag = line, *verb = line + 5, *rest = strchr(verb, ' ');
    if (rest) *rest++ = '\0';
    fed = now;
    if (!strcmp(verb, "HELLO")) answer(tag, "OK stim1");
    else if (!strcmp(verb, "IDN?")) answer(tag, "OK Example,Stimulator,SIM-EXAMPLE-0001,1.0.0");
    else if (!strcmp(verb, "CAPS?")) answer(tag, "OK CHANNELS=1 WATCHDOG_MS=%d", WATCHDOG_MS);
    else if (!strcmp(verb, "KEEP")) answer(tag, "OK");
    else if (strcmp(verb, "SET") && strcmp(verb, "GET") && strcmp(verb, "ON") && strcmp(verb, "OFF") && strcmp(verb, "STATE?"))
        answer(tag, "ERR 1 unknown verb");
    else if (!rest) answer(tag, "ERR 2 wrong arguments");
    else if (!strcmp(verb, "OFF") && (!strcmp(rest, "*") || !strcmp(rest, "1"))) switch_off("none"), answer(tag, "OK STATE=OFF");
    else if (rest[0] != '1' || (rest[1] && rest[1] != ' ')) answer(tag, "ERR 5 no such channel");
    else if (!strcmp(verb, "STATE?"))
        answer(tag, "OK STATE=%s TRIP=%s POLARITY=%s", running ? "RUN" : "OFF", trip, polarity);
    else if (!strcmp(verb, "ON") && strcmp(trip, "none")) answer(tag, "ERR 7 tripped: %s", trip);
    else if (!strcmp(verb, "ON")) {
        if (!running) running = 1, set_direction(), output(" ENVELOPE=0:0,200000000:1"); /* rises in 0.2 s */
        answer(tag, "OK STATE=RUN");
    } else {
        const char *refused = strcmp(verb, "SET") ? NULL : set(rest + 1);
        answer(tag, refused ? refused : "OK MODE=steady LEVEL=%d POLARITY=%s", level, polarity);
    }
}

static void receive(const char *hex) {
    static char line[LONGEST_LINE + 2];
    static size_t count;
    for (unsigned character; sscanf(hex, "%2x", &character) == 1; hex += 2) {
        if (character == '\n') {
            line[count] = '\0';
            if (count <= LONGEST_LINE) execute(line); /* a longer one is dropped whole */
            count = 0;
        } else if (count <= LONGEST_LINE) {
            line[count++] = (char)character;
        }
    }
}

/* ---- the simulation's side: one step after the other ---- */
int main(int argc, char **argv) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 47100));
    int port = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(port, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(port, (struct sockaddr *)&here, sizeof here) || listen(port, 1)) return perror("cannot listen"), 1;
    int connection = accept(port, NULL, NULL);
    sim = fdopen(dup(connection), "w");
    FILE *steps = fdopen(connection, "r");
    char text[256], cause[16], data[2 * 64 + 1]; /* no more than 64 characters come at once */
    while (sim && steps && fgets(text, sizeof text, steps)) {
        data[0] = '\0';
        if (sscanf(text, "STEP %llu %15s %128s", &now, cause, data) >= 2) {
            alarms();
            if (!strcmp(cause, "RX")) receive(data);
            Time watchdog = running ? fed + WATCHDOG_MS * MS : NEVER, wake = flip < watchdog ? flip : watchdog;
            if (wake == NEVER) fprintf(sim, "DONE\n");
            else fprintf(sim, "DONE %llu\n", wake);
        } else {
            fprintf(sim, "HELLO 1\n");
        }
        fflush(sim);
    }
    return 0;
}
