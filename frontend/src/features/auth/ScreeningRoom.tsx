const ROWS = [
  { y: 560, size: 46, gap: 58, shift: 0 },
  { y: 628, size: 58, gap: 74, shift: 31 },
  { y: 712, size: 74, gap: 94, shift: -12 },
];
const WIDTH = 1000;

/** A lit screen seen over the backs of empty seats; two of them are taken. */
export function ScreeningRoom() {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${WIDTH} 900`}
      preserveAspectRatio="xMidYMid slice"
      className="absolute inset-0 size-full"
    >
      <defs>
        <linearGradient id="screen" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="var(--on-film)" />
          <stop offset="1" stopColor="var(--accent)" />
        </linearGradient>
        <linearGradient id="floor" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="var(--accent)" stopOpacity="0.35" />
          <stop offset="1" stopColor="var(--accent)" stopOpacity="0" />
        </linearGradient>
      </defs>
      <path d="M190 420 L810 420 L1000 760 L0 760 Z" fill="url(#floor)" />
      <rect x="190" y="110" width="620" height="310" rx="6" fill="url(#screen)" opacity="0.92" />
      {ROWS.map((row) => (
        <SeatRow key={row.y} {...row} />
      ))}
      <g fill="var(--film)">
        <circle cx="452" cy="558" r="24" />
        <circle cx="534" cy="554" r="25" />
      </g>
    </svg>
  );
}

function SeatRow({ y, size, gap, shift }: (typeof ROWS)[number]) {
  const seats = Array.from({ length: Math.ceil(WIDTH / gap) + 2 }, (_, index) => (index - 1) * gap + shift);
  return (
    <g fill="var(--film)" stroke="var(--accent)" strokeOpacity="0.22">
      {seats.map((x) => (
        <rect key={x} x={x} y={y} width={size} height={size * 1.6} rx={size * 0.28} />
      ))}
    </g>
  );
}
